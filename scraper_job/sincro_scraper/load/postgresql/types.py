"""PostgreSQL's names for the types of columns, and which of them can become which without loss."""

from sincro_scraper.load.shape import Dialect
from sincro_scraper.load.specification import ColumnType

SQL_TYPES: dict[ColumnType, str] = {
    ColumnType.TEXT: "text",
    ColumnType.INTEGER: "bigint",
    ColumnType.DECIMAL: "numeric",
    ColumnType.MONEY: "numeric",
    ColumnType.PERCENT: "numeric",
    ColumnType.DATE: "date",
    ColumnType.DATETIME: "timestamp with time zone",
    ColumnType.BOOLEAN: "boolean",
}
CHANGED_AT_TYPE = SQL_TYPES[ColumnType.DATETIME]
DIALECT = Dialect(
    types=SQL_TYPES,
    lossless={
        "text": ("character varying", "bigint", "integer", "smallint", "numeric", "date", "boolean", "uuid"),
        "bigint": ("integer", "smallint"),
        "numeric": ("bigint", "integer", "smallint"),
    },
)
