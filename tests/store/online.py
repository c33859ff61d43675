"""What a revision may not do to a database on which people work, read from its source."""

import ast
import re
from collections.abc import Iterator

RULES = (
    (
        r"ADD COLUMN(?![^,;]*DEFAULT)[^,;]*NOT NULL",
        "a new column needs a default or may be empty: the old release does not fill it",
    ),
    (r"ALTER COLUMN \w+ (SET DATA )?TYPE", "another type rewrites the table: add a column instead"),
    (r"ALTER COLUMN \w+ SET NOT NULL", "this scans the table under a lock: use a valid check"),
    (
        r"ADD CONSTRAINT \w+ (CHECK|FOREIGN KEY)(?![^;]*NOT VALID)",
        "add it NOT VALID, validate it in the next revision",
    ),
    (r"RENAME (COLUMN|TO)", "the old release knows the old name: add, copy, drop a release later"),
    (r"\bLOCK TABLE\b", "nobody can work meanwhile"),
)
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)[\w\s]*?\bON (\w+)", re.IGNORECASE)
MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.IGNORECASE)


def complaints(source: str) -> list[str]:
    """Why a revision would stop people from working; nothing where it would not."""
    sql = "\n".join(_texts(source))
    made = set(MADE.findall(sql))
    altered = re.sub(r"CREATE TABLE .*?\);", "", sql, flags=re.IGNORECASE | re.DOTALL)
    found = [why for pattern, why in RULES if re.search(pattern, altered, re.IGNORECASE)]
    found += [
        f"an index on {table} locks out writers: CREATE INDEX CONCURRENTLY"
        for table in INDEX.findall(sql)
        if table not in made
    ]
    return found


def _texts(source: str) -> Iterator[str]:
    """The SQL of a revision but for what takes it back, which nobody does on the side."""
    tree = ast.parse(source)
    kept = [
        node
        for node in tree.body
        if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")
    ]
    for node in kept:
        for part in ast.walk(node):
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value + ";"
