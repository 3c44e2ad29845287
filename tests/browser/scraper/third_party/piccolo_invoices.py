"""Piccolo's admin, a Vue application in Italian that loads by XHR, over one table with every type of column.

python piccolo_invoices.py FOLDER PORT      makes FOLDER/invoices.sqlite and serves http://127.0.0.1:PORT
"""

import asyncio
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path

import uvicorn
from piccolo.apps.user.tables import BaseUser
from piccolo.columns import Boolean, Date, Integer, Numeric, Real, Text, Timestamp, Varchar
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.table import Table, create_db_tables
from piccolo_admin.endpoints import create_admin
from piccolo_api.session_auth.tables import SessionsBase

ROWS = 137
USER, PASSWORD = "contabile", "Partita-doppia#1494"


class Stato(str, Enum):  # noqa: UP042 - as the library's documentation has it
    aperta = "a"
    chiusa = "c"


def values(i: int) -> dict[str, object]:
    """The columns of one row; a pure function of its number."""
    return {
        "numero": f"{i:05}/A",
        "cliente": f"D'Angelo & Figli {i % 40}",
        "importo": Decimal(i * 123457).scaleb(-2) - 700,
        "scadenza": None if i % 3 == 0 else date(2026, 1, 31) + timedelta(days=i),
        "pagata": i % 2 == 0,
        "righe": i * 1371,
        "creata": datetime(2026, 1, 1, 12, 0, i % 60) + timedelta(days=i),  # noqa: DTZ001 - a local time
        "sconto": None if i % 4 == 0 else i / 8,
        "stato": "a" if i % 2 else "c",
        "note": "prima riga\nseconda riga" if i % 5 == 0 else None,
    }


def main() -> None:
    """Fill the database and serve."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    engine = SQLiteEngine(path=str(folder / "invoices.sqlite"))

    class Fattura(Table, db=engine):
        numero = Varchar(length=20)
        cliente = Varchar()
        importo = Numeric(digits=(14, 2))
        scadenza = Date(null=True, default=None)
        pagata = Boolean()
        righe = Integer()
        creata = Timestamp()
        sconto = Real(null=True, default=None)
        stato = Varchar(length=1, choices=Stato)
        note = Text(null=True, default=None)

    class Utente(BaseUser, db=engine, tablename="piccolo_user"):
        pass

    class Sessione(SessionsBase, db=engine, tablename="sessions"):
        pass

    async def fill() -> None:
        await create_db_tables(Utente, Sessione, Fattura)
        await Utente(username=USER, password=PASSWORD, admin=True, active=True, superuser=True).save()
        await Fattura.insert(*[Fattura(**values(i)) for i in range(ROWS)])

    asyncio.run(fill())
    app = create_admin([Fattura], auth_table=Utente, session_table=Sessione, default_language_code="it")
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
