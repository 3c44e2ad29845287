"""Force: builds a new table beside the old one, checks it, and puts it in the old one's place in the same transaction.

Decided here: when that is possible and what goes along. Indexes, constraints, defaults, storage options, grants (of the
table and of columns), comments, and columns that are not the profile's (with their values, by key) go along. Where
something refers to the table itself and would be torn off (a view, a foreign key, a trigger, a policy, a publication,
an owned sequence, another owner ...) the table is not replaced: the same rows are merged into it, as a Full does, and
the views go on showing them.

Readers see the old rows until the commit and the new ones after it. One caveat of PostgreSQL: a REPEATABLE READ
transaction whose snapshot is older than the commit, and which touches the table only after it, finds it empty.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Cursor, sql

from sincro_scraper.load.errors import TableMismatch
from sincro_scraper.load.postgresql.comparison import key_equality
from sincro_scraper.load.postgresql.names import DIFF, STAGED, Names, listed, qualified
from sincro_scraper.load.postgresql.tables import add_key
from sincro_scraper.load.postgresql.types import CHANGED_AT_TYPE, SQL_TYPES
from sincro_scraper.load.procedure import Compared, Plan
from sincro_scraper.load.shape import Evolution, FoundTable
from sincro_scraper.load.specification import CHANGED_AT, TableSpec

_OBSTACLES = """
SELECT 'the view ' || r.ev_class::regclass FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
 WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = %(oid)s
   AND r.ev_class <> %(oid)s
UNION SELECT 'the rule ' || rulename FROM pg_rewrite WHERE ev_class = %(oid)s
UNION SELECT 'the foreign key ' || conname FROM pg_constraint
 WHERE contype = 'f' AND (conrelid = %(oid)s OR confrelid = %(oid)s)
UNION SELECT 'the constraint ' || conname FROM pg_constraint
 WHERE conrelid = %(oid)s AND (contype = 'x' OR (condeferrable AND contype IN ('p', 'u')))
UNION SELECT 'the trigger ' || tgname FROM pg_trigger WHERE tgrelid = %(oid)s AND NOT tgisinternal
UNION SELECT 'the policy ' || polname FROM pg_policy WHERE polrelid = %(oid)s
UNION SELECT 'the publication ' || p.pubname FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid
 WHERE r.prrelid = %(oid)s
UNION SELECT 'the statistics ' || stxname FROM pg_statistic_ext WHERE stxrelid = %(oid)s
UNION SELECT 'the sequence ' || s.relname FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
 WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = %(oid)s
UNION SELECT 'the function ' || d.objid::regprocedure FROM pg_depend d
 WHERE d.classid = 'pg_proc'::regclass AND d.deptype = 'n' AND ((d.refclassid = 'pg_class'::regclass
   AND d.refobjid = %(oid)s) OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT reltype FROM pg_class
   WHERE oid = %(oid)s)))
UNION SELECT 'the table ' || d.objid::regclass || ' (it uses the row type)' FROM pg_depend d
 JOIN pg_class c ON c.oid = %(oid)s JOIN pg_type t ON t.oid = c.reltype
 WHERE d.classid = 'pg_class'::regclass AND d.deptype = 'n' AND d.refclassid = 'pg_type'::regclass
   AND d.refobjid IN (t.oid, t.typarray)
UNION SELECT 'its owner ' || relowner::regrole FROM pg_class WHERE oid = %(oid)s AND relowner <> current_user::regrole
UNION SELECT 'its ' || what FROM pg_class, LATERAL (VALUES
   (relrowsecurity, 'row security'), (relpersistence <> 'p', 'persistence'), (reltablespace <> 0, 'tablespace'),
   (relreplident NOT IN ('d', 'n'), 'replica identity'), (reloftype <> 0, 'type')) AS special (given, what)
 WHERE oid = %(oid)s AND special.given
ORDER BY 1
"""

_INDEXES = """
SELECT c.relname, i.indisprimary, con.oid IS NOT NULL, pg_get_indexdef(i.indexrelid),
 format('CREATE %%sINDEX %%I ON %%I.%%I ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END, c.relname, n.nspname,
   t.relname), obj_description(i.indexrelid, 'pg_class'), i.indisunique
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint con ON con.conindid = i.indexrelid AND con.conrelid = t.oid AND con.contype IN ('p', 'u')
WHERE i.indrelid = %s AND i.indisvalid ORDER BY i.indexrelid
"""


@dataclass(frozen=True, slots=True)
class _Index:
    name: str
    primary: bool
    constraint: bool
    definition: str
    prefix: str
    comment: str | None
    unique: bool


def obstacles(cursor: Cursor, spec: TableSpec) -> tuple[str, ...]:
    """What refers to the table so that it cannot be replaced, in words; empty when it can."""
    return tuple(text for (text,) in cursor.execute(_OBSTACLES, {"oid": _oid(cursor, spec)}).fetchall())


def replace_table(
    cursor: Cursor, spec: TableSpec, found: FoundTable, plan: Plan, compared: Compared, now: datetime
) -> None:
    """Build, check and swap. Where the plan does not delete, rows that are missing from the read stay."""
    evolution, extras, keep_missing = plan.change, found.extras(spec), not plan.deletes
    names = Names(spec)
    old = _oid(cursor, spec)
    new = sql.Identifier(spec.schema, names.rebuilt)
    _create_beside(cursor, names, new, evolution)
    _fill(cursor, spec, new, evolution, extras, now)
    _carry_over(cursor, spec, new, evolution, extras, now, keep_missing=keep_missing)
    _check(cursor, spec, new, compared, keep_missing=keep_missing)
    renames = _index(cursor, spec, new, old, evolution)
    _grant(cursor, new, old)
    cursor.execute(sql.SQL("ANALYZE {}").format(new))
    cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(names.target))
    cursor.execute(sql.SQL("DROP TABLE {}").format(names.target))
    cursor.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(spec.name)))
    for temporary, name in renames:
        cursor.execute(
            sql.SQL("ALTER INDEX {} RENAME TO {}").format(sql.Identifier(spec.schema, temporary), sql.Identifier(name))
        )


def _oid(cursor: Cursor, spec: TableSpec) -> int:
    row = cursor.execute(
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = %s AND c.relname = %s",
        (spec.schema, spec.name),
    ).fetchone()
    return int(row[0]) if row else 0


def _create_beside(cursor: Cursor, names: Names, new: sql.Identifier, evolution: Evolution) -> None:
    cursor.execute(
        sql.SQL(
            "CREATE TABLE {} (LIKE {} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMPRESSION"
            " INCLUDING GENERATED INCLUDING COMMENTS)"
        ).format(new, names.target)
    )
    actions = [
        sql.SQL("ADD COLUMN {} {}").format(sql.Identifier(column.name), sql.SQL(SQL_TYPES[column.type]))
        for column in evolution.added
    ]
    if evolution.adds_changed_at:
        actions.append(sql.SQL("ADD COLUMN {} {}").format(sql.Identifier(CHANGED_AT), sql.SQL(CHANGED_AT_TYPE)))
    for name, wanted in (*evolution.widened, *evolution.retyped):
        column = sql.Identifier(name)
        # The table is empty: no value is converted, and a default of the old type would only be in the way.
        actions.append(sql.SQL("ALTER COLUMN {} DROP DEFAULT").format(column))
        actions.append(sql.SQL("ALTER COLUMN {} TYPE {} USING NULL").format(column, sql.SQL(wanted)))
    if actions:
        cursor.execute(sql.SQL("ALTER TABLE {} {}").format(new, sql.SQL(", ").join(actions)))


def _fill(
    cursor: Cursor, spec: TableSpec, new: sql.Identifier, evolution: Evolution, extras: tuple[str, ...], now: datetime
) -> None:
    """The whole read. Rows that were there keep the columns that are not the profile's, and their time if unchanged."""
    changed_at: sql.Composable = sql.Literal(now)
    if not evolution.adds_changed_at:
        changed_at = sql.SQL("CASE WHEN d.op IS NULL AND t.{0} IS NOT NULL THEN t.{0} ELSE {1} END").format(
            sql.Identifier(CHANGED_AT), sql.Literal(now)
        )
    # DIFF has no line for a row that did not change; its old row is found by its key.
    names = [column.name for column in spec.columns]
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} ({}) SELECT {} FROM {} AS s JOIN {} AS t ON {} LEFT JOIN {} AS d ON d.staged = s.ctid"
        ).format(
            new,
            listed([*names, CHANGED_AT, *extras]),
            sql.SQL(", ").join([listed(names, "s"), changed_at, *(qualified(name, "t") for name in extras)]),
            STAGED,
            Names(spec).target,
            key_equality(spec, evolution),
            DIFF,
        )
    )
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} ({}) SELECT {}, {} FROM {} AS s JOIN {} AS d ON d.staged = s.ctid AND d.op = 'c'"
        ).format(new, listed([*names, CHANGED_AT]), listed(names, "s"), sql.Literal(now), STAGED, DIFF)
    )


def _carry_over(
    cursor: Cursor,
    spec: TableSpec,
    new: sql.Identifier,
    evolution: Evolution,
    extras: tuple[str, ...],
    now: datetime,
    *,
    keep_missing: bool,
) -> None:
    """Rows that are not in the read and yet stay: their keys are in quarantine, or deletions are withheld."""
    changed_at: sql.Composable = sql.Literal(now)
    if not evolution.adds_changed_at:
        changed_at = sql.SQL("coalesce(t.{}, {})").format(sql.Identifier(CHANGED_AT), sql.Literal(now))
    columns = [column for column in spec.columns if column not in evolution.added]
    converted = {name for name, _ in (*evolution.retyped, *evolution.widened)}
    values = [
        sql.SQL("t.{}::text::{}").format(sql.Identifier(column.name), sql.SQL(SQL_TYPES[column.type]))
        if column.name in converted
        else qualified(column.name, "t")
        for column in columns
    ]
    cursor.execute(
        sql.SQL(
            "INSERT INTO {} ({}) SELECT {} FROM {} AS t WHERE NOT EXISTS (SELECT FROM {} AS s WHERE {})"
            " AND ({} OR NOT EXISTS (SELECT FROM {} AS d WHERE d.op = 'd' AND d.target = t.ctid))"
        ).format(
            new,
            listed([*(column.name for column in columns), CHANGED_AT, *extras]),
            sql.SQL(", ").join([*values, changed_at, *(qualified(name, "t") for name in extras)]),
            Names(spec).target,
            STAGED,
            key_equality(spec, evolution),
            sql.Literal(keep_missing),
            DIFF,
        )
    )


def _check(cursor: Cursor, spec: TableSpec, new: sql.Identifier, compared: Compared, *, keep_missing: bool) -> None:
    """The new table has exactly the rows that the counts say, before it takes the old one's place."""
    gone = 0 if keep_missing else compared.missing
    expected = compared.total + compared.created - gone
    row = cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(new)).fetchone()
    if row != (expected,):
        raise TableMismatch(
            f"{spec.name}: the new table has {row[0] if row else 0} rows instead of {expected}; the old one stays",
            table=spec.name,
        )


def _index(
    cursor: Cursor, spec: TableSpec, new: sql.Identifier, old: int, evolution: Evolution
) -> list[tuple[str, str]]:
    """Build the old table's indexes on the new one; their temporary names, and the ones they get in the end."""
    renames: list[tuple[str, str]] = []
    found = [_Index(*row) for row in cursor.execute(_INDEXES, (old,)).fetchall()]
    if evolution.adds_key:
        # The key is another one than it was: the old primary key gives way to it.
        found = [index for index in found if not index.primary]
        add_key(cursor, spec, new)
    for number, index in enumerate(found):
        temporary = f"{Names(spec).temporary(f'index{number}')}"
        if not index.definition.startswith(index.prefix):
            raise TableMismatch(
                f"{spec.name}: the index {index.name} cannot be built on a new table; drop it, or run a Full instead",
                table=spec.name,
            )
        rest = index.definition.removeprefix(index.prefix)
        head = sql.SQL("CREATE UNIQUE INDEX {} ON {} " if index.unique else "CREATE INDEX {} ON {} ")
        cursor.execute(head.format(sql.Identifier(temporary), new) + _own_words(rest))
        if index.constraint:
            kind = sql.SQL("PRIMARY KEY" if index.primary else "UNIQUE")
            cursor.execute(
                sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {} USING INDEX {}").format(
                    new, sql.Identifier(temporary), kind, sql.Identifier(temporary)
                )
            )
        if index.comment is not None:
            cursor.execute(
                sql.SQL("COMMENT ON INDEX {} IS {}").format(
                    sql.Identifier(spec.schema, temporary), sql.Literal(index.comment)
                )
            )
        renames.append((temporary, index.name))
    return renames


def _grant(cursor: Cursor, new: sql.Identifier, old: int) -> None:
    """The old table's grants, comment and storage options; grants that default privileges gave the new one go."""
    name = new.as_string(cursor)
    for (role,) in cursor.execute(
        "SELECT DISTINCT grantee::regrole::text FROM pg_class, aclexplode(relacl)"
        " WHERE oid = %s::regclass AND grantee <> relowner AND grantee <> 0",
        (name,),
    ).fetchall():
        cursor.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(new, _own_words(role)))
    grants = cursor.execute(
        "SELECT privilege_type, NULL, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END, is_grantable"
        " FROM pg_class, aclexplode(relacl) WHERE oid = %(old)s AND grantee <> relowner"
        " UNION ALL SELECT privilege_type, attname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,"
        " is_grantable FROM pg_attribute, aclexplode(attacl) WHERE attrelid = %(old)s AND NOT attisdropped",
        {"old": old},
    ).fetchall()
    for privilege, column, role, grantable in grants:
        where = sql.SQL("({})").format(sql.Identifier(column)) if column else sql.SQL("")
        option = sql.SQL(" WITH GRANT OPTION" if grantable else "")
        cursor.execute(
            sql.SQL("GRANT {} {} ON {} TO {}{}").format(_own_words(privilege), where, new, _own_words(role), option)
        )
    row = cursor.execute(
        "SELECT obj_description(oid, 'pg_class'), reloptions FROM pg_class WHERE oid = %s", (old,)
    ).fetchone()
    comment, options = row or (None, None)
    if comment is not None:
        cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(new, sql.Literal(comment)))
    for option_text in options or ():
        key, _, value = option_text.partition("=")
        cursor.execute(sql.SQL("ALTER TABLE {} SET ({} = {})").format(new, sql.Identifier(key), sql.Literal(value)))


def _own_words(text: str) -> sql.SQL:
    """Text that PostgreSQL's catalogue wrote, quoted where it has to be, as part of a statement."""
    return sql.SQL(text.replace("{", "{{").replace("}", "}}"))
