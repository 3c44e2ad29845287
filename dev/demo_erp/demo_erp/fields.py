"""The four lists of the ERP and their fields: what each column is called, on the page and canonically, and its type.

Not decided here: what the values are (records.py) and how they are written (locales.py, canonical.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Value = str | int | Decimal | date | datetime | bool | None
Record = Mapping[str, Value]


class ListName(StrEnum):
    """The four kinds of rows, by their stable English names."""

    CUSTOMERS = "customers"
    ORDERS = "orders"
    PRODUCTS = "products"
    PRICES = "prices"


class Kind(StrEnum):
    """The type of a field. ENUM is a text of a closed set, MULTILINE a text of several lines."""

    TEXT = "text"
    MULTILINE = "multiline"
    ENUM = "enum"
    INTEGER = "integer"
    YEAR = "year"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Field:
    """One column: canonical `name`, the `header` on the page, the `member` in JSON, forms and sort parameters.

    `width` is in points and counts for the PDF only; 0 means that the field stands on the detail page only.
    """

    name: str
    header: str
    member: str
    kind: Kind = Kind.TEXT
    width: int = 0
    scale: int = 2
    summed: bool = False
    glued: bool = False
    """Its spaces are written as non-breaking ones; in the data they are ordinary."""

    @property
    def numeric(self) -> bool:
        return self.kind in (Kind.INTEGER, Kind.DECIMAL)


@dataclass(frozen=True)
class ListSpec:
    """One list: its pages, its fields in the order of the grid, its key and what stands on the detail page only."""

    name: ListName
    title: str
    page: str
    grid_id: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    details: tuple[Field, ...] = ()
    detail_page: str = ""
    newest_first: bool = False

    @property
    def all_fields(self) -> tuple[Field, ...]:
        return self.fields + self.details

    def field(self, name: str) -> Field:
        """The field of that canonical name. KeyError if there is none."""
        for field in self.all_fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def by_member(self, member: str) -> Field | None:
        return next((field for field in self.fields if field.member == member), None)

    def key_of(self, record: Record) -> tuple[Value, ...]:
        return tuple(record[name] for name in self.key)

    def renamed(self, name: str, header: str) -> ListSpec:
        """The same list with another heading on one column."""
        member = "".join(part.capitalize() for part in header.split())
        fields = tuple(replace(f, header=header, member=member) if f.name == name else f for f in self.fields)
        return replace(self, fields=fields)

    def without(self, name: str) -> ListSpec:
        """The same list with one column gone from grid and exports."""
        return replace(self, fields=tuple(f for f in self.fields if f.name != name))


CHANGED_AT = "changed_at"
_CHANGED = Field(CHANGED_AT, "Ultima modifica", "UltimaModifica", Kind.DATETIME, 48)

CUSTOMERS = ListSpec(
    name=ListName.CUSTOMERS,
    title="Anagrafica clienti",
    page="Clienti.aspx",
    grid_id="ctl00_cphCorpo_grdClienti",
    key=("code",),
    detail_page="Cliente.aspx",
    fields=(
        Field("code", "Codice", "Codice", width=36),
        Field("name", "Ragione sociale", "RagioneSociale", width=150),
        Field("vat_number", "Partita IVA", "PartitaIva", width=54),
        Field("address", "Indirizzo", "Indirizzo", Kind.MULTILINE, 150),
        Field("city", "Città", "Citta", width=80),
        Field("province", "Prov.", "Provincia", width=26),
        Field("phone", "Telefono", "Telefono", width=70, glued=True),
        Field("email", "E-mail", "Email", width=140),
        Field("status", "Stato", "Stato", Kind.ENUM, 40),
        Field("customer_since", "Cliente dal", "ClienteDal", Kind.DATE, 48),
        Field("credit_limit", "Fido €", "Fido", Kind.DECIMAL, 62),
        Field("balance", "Saldo €", "Saldo", Kind.DECIMAL, 66, summed=True),
        Field("e_invoice", "Fatt. elettr.", "FatturaElettronica", Kind.BOOLEAN, 36),
        _CHANGED,
    ),
    details=(
        Field("payment_terms", "Condizioni di pagamento", "CondizioniPagamento"),
        Field("discount_percent", "Sconto %", "Sconto", Kind.DECIMAL),
        Field("notes", "Note", "Note", Kind.MULTILINE),
    ),
)

ORDERS = ListSpec(
    name=ListName.ORDERS,
    title="Ordini clienti",
    page="Ordini.aspx",
    grid_id="ctl00_cphCorpo_grdOrdini",
    key=("year", "number"),
    detail_page="Ordine.aspx",
    newest_first=True,
    fields=(
        Field("number", "Numero", "Numero", width=44),
        Field("year", "Anno", "Anno", Kind.YEAR, 30),
        Field("order_date", "Data ordine", "DataOrdine", Kind.DATE, 50),
        Field("customer_code", "Cod. cliente", "CodiceCliente", width=50),
        Field("customer_name", "Cliente", "Cliente", width=190),
        Field("reference", "Vs. riferimento", "Riferimento", width=160),
        Field("status", "Stato", "Stato", Kind.ENUM, 64),
        Field("delivery_date", "Consegna prevista", "Consegna", Kind.DATE, 50),
        Field("line_count", "Righe", "Righe", Kind.INTEGER, 34),
        Field("net", "Imponibile €", "Imponibile", Kind.DECIMAL, 76, summed=True),
        Field("vat", "IVA €", "Iva", Kind.DECIMAL, 70, summed=True),
        Field("total", "Totale €", "Totale", Kind.DECIMAL, 76, summed=True),
        Field("paid", "Saldato", "Saldato", Kind.BOOLEAN, 36),
        _CHANGED,
    ),
    details=(
        Field("ship_to", "Destinazione merce", "Destinazione", Kind.MULTILINE),
        Field("carrier", "Vettore", "Vettore"),
        Field("notes", "Annotazioni", "Annotazioni", Kind.MULTILINE),
    ),
)

PRODUCTS = ListSpec(
    name=ListName.PRODUCTS,
    title="Anagrafica articoli",
    page="Articoli.aspx",
    grid_id="ctl00_cphCorpo_grdArticoli",
    key=("code",),
    detail_page="Articolo.aspx",
    fields=(
        Field("code", "Codice articolo", "CodiceArticolo", width=62),
        Field("description", "Descrizione", "Descrizione", width=260),
        Field("barcode", "Cod. EAN", "CodiceEan", width=62),
        Field("category", "Categoria", "Categoria", width=140),
        Field("unit", "U.M.", "UnitaMisura", Kind.ENUM, 28),
        Field("supplier", "Fornitore", "Fornitore", width=140),
        Field("stock", "Giacenza", "Giacenza", Kind.INTEGER, 48),
        Field("weight_kg", "Peso kg", "Peso", Kind.DECIMAL, 52, scale=3),
        Field("vat_rate", "Aliq. IVA", "AliquotaIva", Kind.DECIMAL, 40),
        Field("active", "Attivo", "Attivo", Kind.BOOLEAN, 34),
        Field("discontinued_on", "Fuori produzione dal", "FuoriProduzione", Kind.DATE, 54),
        _CHANGED,
    ),
    details=(
        Field("location", "Ubicazione", "Ubicazione"),
        Field("long_description", "Descrizione estesa", "DescrizioneEstesa", Kind.MULTILINE),
    ),
)

PRICES = ListSpec(
    name=ListName.PRICES,
    title="Listino prezzi",
    page="Listino.aspx",
    grid_id="ctl00_cphCorpo_grdListino",
    key=("product_code", "price_list"),
    fields=(
        Field("product_code", "Codice articolo", "CodiceArticolo", width=70),
        Field("price_list", "Listino", "Listino", width=40),
        Field("description", "Descrizione", "Descrizione", width=260),
        Field("unit_price", "Prezzo unitario", "Prezzo", Kind.DECIMAL, 80, scale=4),
        Field("currency", "Valuta", "Valuta", Kind.ENUM, 36),
        Field("discount_percent", "Sconto %", "Sconto", Kind.DECIMAL, 50),
        Field("min_quantity", "Q.tà minima", "QuantitaMinima", Kind.INTEGER, 56),
        Field("valid_from", "Valido dal", "ValidoDal", Kind.DATE, 52),
        Field("valid_to", "Valido al", "ValidoAl", Kind.DATE, 52),
        Field("promotional", "Promo", "Promo", Kind.BOOLEAN, 36),
        _CHANGED,
    ),
)

LISTS: Mapping[ListName, ListSpec] = {spec.name: spec for spec in (CUSTOMERS, ORDERS, PRODUCTS, PRICES)}
