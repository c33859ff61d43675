"""The JSON Schemas that editors complete and check catalogue files with.

`python -m groundwork.catalogue.schema` writes them anew; a test fails when they are out of date.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema

from groundwork.catalogue.written import WrittenChain, WrittenCreditFile, WrittenLadder
from groundwork.catalogue.written_basics import Written
from groundwork.catalogue.written_kpis import WrittenKpiFile

DIRECTORY: Final = Path(__file__).parent / "schema"

FORMS: Final[dict[str, type[Written]]] = {
    "chain.schema.json": WrittenChain,
    "credit.schema.json": WrittenCreditFile,
    "kpi.schema.json": WrittenKpiFile,
    "ladder.schema.json": WrittenLadder,
}


class _WithoutFieldTitles(GenerateJsonSchema):
    """Leaves out titles that only repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def chain_schema() -> dict[str, Any]:
    """The JSON Schema of a chain file, short forms included."""
    return _schema(WrittenChain)


def credit_schema() -> dict[str, Any]:
    """The JSON Schema of a credit file."""
    return _schema(WrittenCreditFile)


def ladder_schema() -> dict[str, Any]:
    """The JSON Schema of a ladder file."""
    return _schema(WrittenLadder)


def export(directory: Path = DIRECTORY) -> list[Path]:
    """Write the schemas into a directory and return the files."""
    files = []
    for name, form in FORMS.items():
        file = directory / name
        file.write_text(rendered(form), encoding="utf-8")
        files.append(file)
    return files


def rendered(form: type[Written]) -> str:
    """The text of a schema's file."""
    return json.dumps(_schema(form), ensure_ascii=False, indent=2) + "\n"


def _schema(form: type[Written]) -> dict[str, Any]:
    schema = form.model_json_schema(schema_generator=_WithoutFieldTitles)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    export()
