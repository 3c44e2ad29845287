"""Flask-AppBuilder in Italian over two tables: pages made by the server, a page for each row.

python appbuilder_invoices.py FOLDER PORT   makes FOLDER/invoices.sqlite and serves http://127.0.0.1:PORT
"""

import enum
import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import format_currency, format_decimal
from sqlalchemy import Boolean, Column, Date, DateTime, Enum, ForeignKey, Integer, Numeric, String, Text
from sqlalchemy.orm import relationship

ROWS = 1032
CUSTOMERS = [
    "D'Angelo & Figli",
    "Società Però S.r.l.",
    "Rossi Mario",
    "Rossi Mario",
    "Caffè dell'Università",
    "«Öl» AG",
]
NOTES = ["", None, "prima riga\nseconda riga", 'L\'importo è "sospeso" <b>!</b>', "  due  spazi "]


class Stato(enum.Enum):
    """An enumeration, shown by its names."""

    aperta = "a"
    chiusa = "c"


class Cliente(Model):
    """Who is invoiced; two of them have one name."""

    __tablename__ = "cliente"
    id = Column(Integer, primary_key=True)
    nome = Column(String(80))

    def __repr__(self) -> str:
        return str(self.nome)


class Fattura(Model):
    """One invoice, with every type of column."""

    __tablename__ = "fattura"
    id = Column(Integer, primary_key=True)
    numero = Column(String(20))
    cliente_id = Column(Integer, ForeignKey("cliente.id"))
    cliente = relationship(Cliente)
    importo = Column(Numeric(14, 2))
    scadenza = Column(Date)
    creata = Column(DateTime)
    pagata = Column(Boolean)
    righe = Column(Integer)
    stato = Column(Enum(Stato))
    note = Column(Text)

    def importo_euro(self) -> str:
        """As an Italian reads it."""
        return "" if self.importo is None else str(format_currency(self.importo, "EUR"))

    def scadenza_breve(self) -> str:
        """As an Italian reads it."""
        return self.scadenza.strftime("%d/%m/%Y") if self.scadenza else "-"

    def righe_migliaia(self) -> str:
        """As an Italian reads it."""
        return str(format_decimal(self.righe))


def values(i: int) -> dict[str, object]:
    """The columns of one row; a pure function of its number."""
    return {
        "numero": f"{i:05}/È",
        "cliente_id": 1 + i % len(CUSTOMERS),
        "importo": None if i % 11 == 0 else Decimal(i * 123457 - 70000000).scaleb(-2),
        "scadenza": None if i % 3 == 0 else date(2026, 1, 31) + timedelta(days=i),
        "creata": datetime(2026, 1, 1, 12, 0, i % 60) + timedelta(hours=7 * i),  # noqa: DTZ001 - a local time
        "pagata": i % 2 == 0,
        "righe": i * 1371,
        "stato": Stato.aperta if i % 3 else Stato.chiusa,
        "note": NOTES[i % len(NOTES)],
    }


class Fatture(ModelView):
    """The list and the page of one row."""

    datamodel = SQLAInterface(Fattura)
    list_title = "Elenco fatture"
    label_columns = {  # noqa: RUF012 - as the library's documentation has it
        "numero": "N° fattura",
        "importo_euro": "Importo",
        "scadenza_breve": "Scadenza",
        "creata": "Creata il",
        "righe_migliaia": "N. righe",
        "note": "Annotazioni",
    }
    list_columns = [  # noqa: RUF012
        *("numero", "cliente", "importo_euro", "scadenza_breve"),
        *("creata", "pagata", "righe_migliaia", "stato"),
    ]
    show_columns = ["numero", "cliente", "note"]  # noqa: RUF012
    base_order = ("id", "asc")


def main() -> None:
    """Fill the database and serve."""
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="x" * 40,
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder}/invoices.sqlite",
        BABEL_DEFAULT_LOCALE="it",
        LANGUAGES={"it": {"flag": "it", "name": "Italiano"}},
        AUTH_TYPE=1,
    )
    database = SQLA()
    database.init_app(app)
    with app.app_context():
        builder = AppBuilder(app, database.session)
        builder.add_view(Fatture, "Fatture", category="Vendite")
        Model.metadata.create_all(database.engine)
        session = database.session
        session.add_all([Cliente(id=number, nome=name) for number, name in enumerate(CUSTOMERS, start=1)])
        session.add_all([Fattura(**values(i)) for i in range(1, ROWS + 1)])
        session.commit()
        role = builder.sm.find_role("Admin")
        builder.sm.add_user("contabile", "Anna", "Verdi", "a@example.it", role, "Partita-doppia#1494")
    app.run("127.0.0.1", port)


if __name__ == "__main__":
    main()
