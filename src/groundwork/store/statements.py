"""The SQL with which the recorder appends to a chain: one statement, so one transaction.

It moves the chain's head on, provided that the head still is where the writer saw it, and
everything else joins the head's row: when somebody else was faster there is no such row, and
nothing is written. Rows travel as one JSON array per table, which PostgreSQL spreads out itself, so
that a statement is prepared once and serves any number of rows.
"""

from collections.abc import Iterable
from functools import lru_cache

from psycopg.sql import SQL, Composed, Identifier, Placeholder
from sqlalchemy import Table

from groundwork.store.tables import METADATA

READ_HEAD = b"SELECT seq, head_hash, snapshot::text FROM chain WHERE id = %s"

READ_BODIES = b"SELECT seq, body::text FROM event WHERE chain_id = %s AND seq = ANY(%s)"


@lru_cache(maxsize=64)
def append(parts: tuple[str, ...], *, first: bool, shrinks: bool = False) -> bytes:
    """Appends events to a chain and brings `parts` (table names) of its read model up to date.

    Parameters: `chain` (a JSON object), `event` and each part (JSON arrays), `seq` and `head_hash`
    of the head as the writer saw it, and the `channel` of the announcement. With `first` the chain
    begins, and nobody else may have begun it. With `shrinks` the steps whose keys are in `gone` are
    no more. Returns one row if anything was written, else none.
    """
    tables = METADATA.tables
    moved = _begin(tables["chain"]) if first else _advance(tables["chain"])
    writes = [_insert(tables["event"]), *(_upsert(tables[part]) for part in parts)]
    if shrinks:
        writes.append(_GONE)
    return (
        SQL("WITH head AS ({moved}), {writes} SELECT pg_notify(%(channel)s, id) FROM head")
        .format(
            moved=moved,
            writes=SQL(", ").join(
                SQL("{name} AS ({write})").format(name=Identifier(f"write_{number}"), write=write)
                for number, write in enumerate(writes)
            ),
        )
        .as_bytes()
    )


_GONE = Composed(
    [SQL("DELETE FROM step USING head WHERE step.chain_id = head.id AND step.key = ANY(%(gone)s)")]
)


def _begin(chain: Table) -> Composed:
    columns = chain.columns.keys()
    return SQL(
        "INSERT INTO chain ({columns})"
        " SELECT {columns} FROM json_populate_record(NULL::chain, %(chain)s::json)"
        " ON CONFLICT DO NOTHING RETURNING id"
    ).format(columns=_names(columns))


def _advance(chain: Table) -> Composed:
    rest = _rest(chain)
    return SQL(
        "UPDATE chain SET ({rest}) = ({new})"
        " FROM json_populate_record(NULL::chain, %(chain)s::json) AS new"
        " WHERE chain.id = new.id AND chain.seq = %(seq)s AND chain.head_hash = %(head_hash)s"
        " RETURNING chain.id"
    ).format(rest=_names(rest), new=_names(rest, "new"))


def _insert(into: Table) -> Composed:
    columns = into.columns.keys()
    return SQL(
        "INSERT INTO {into} ({columns})"
        " SELECT {new} FROM head, json_populate_recordset(NULL::{into}, {rows}::json) AS new"
    ).format(
        into=Identifier(into.name),
        columns=_names(columns),
        new=_names(columns, "new"),
        rows=Placeholder(into.name),
    )


def _upsert(into: Table) -> Composed:
    rest = _rest(into)
    return _insert(into) + SQL(" ON CONFLICT ({keys}) DO UPDATE SET ({rest}) = ({new})").format(
        keys=_names(into.primary_key.columns.keys()),
        rest=_names(rest),
        new=_names(rest, "excluded"),
    )


def _rest(of: Table) -> list[str]:
    return [column.name for column in of.columns if not column.primary_key]


def _names(names: Iterable[str], *qualifier: str) -> Composed:
    return SQL(", ").join(Identifier(*qualifier, name) for name in names)
