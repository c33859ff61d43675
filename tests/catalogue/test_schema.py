"""The exported JSON Schemas are current and describe the files as they are written."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundwork.catalogue.check import BUILT_IN
from groundwork.catalogue.schema import (
    DIRECTORY,
    FORMS,
    chain_schema,
    export,
    ladder_schema,
    rendered,
)
from groundwork.catalogue.written_basics import UNITS
from groundwork.domain.definition import ChainDefinition, StepDefinition

MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")


@pytest.mark.parametrize("name", FORMS)
def test_an_exported_schema_is_current(name: str) -> None:
    exported = (DIRECTORY / name).read_text(encoding="utf-8")
    assert exported == rendered(FORMS[name]), (
        "write the schemas anew: python -m groundwork.catalogue.schema"
    )


def test_the_export_writes_every_schema(tmp_path: Path) -> None:
    assert sorted(file.name for file in export(tmp_path)) == sorted(FORMS)


@pytest.mark.parametrize(
    "file",
    [
        *BUILT_IN.glob("chains/*/*.yaml"),
        *BUILT_IN.glob("credit/*.yaml"),
        *BUILT_IN.glob("kpi/*.yaml"),
        *BUILT_IN.glob("ladders/*.yaml"),
    ],
)
def test_every_file_leads_its_editor_to_the_schema(file: Path) -> None:
    modeline = MODELINE.match(file.read_text(encoding="utf-8"))
    assert modeline is not None
    schema = (file.parent / modeline[1]).resolve()
    expected = {"ladders": "ladder", "credit": "credit", "kpi": "kpi"}.get(
        file.parent.name, "chain"
    )
    assert schema == (DIRECTORY / f"{expected}.schema.json").resolve()


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


@pytest.mark.parametrize("schema", [chain_schema(), ladder_schema()], ids=["chain", "ladder"])
def test_unknown_fields_are_refused_everywhere(schema: dict[str, Any]) -> None:
    assert all(one["additionalProperties"] is False for one in objects(schema))


def test_every_field_of_a_definition_can_be_written() -> None:
    schema = chain_schema()
    assert set(ChainDefinition.model_fields) <= set(schema["properties"])
    step = schema["$defs"]["WrittenStep"]["properties"]
    assert set(StepDefinition.model_fields) == set(step)


def test_short_forms_are_described() -> None:
    step = chain_schema()["$defs"]["WrittenStep"]["properties"]
    kinds = {one.get("type", "long form") for one in step["promised"]["anyOf"]}
    assert {"integer", "string", "long form"} <= kinds
    pattern = next(one["pattern"] for one in step["promised"]["anyOf"] if "pattern" in one)
    for unit in UNITS:
        assert re.fullmatch(pattern, f"10 {unit} XK42")
    assert not re.search(pattern, "10 weeks")
    edges = step["after"]["items"]["anyOf"]
    assert {one.get("type", "long form") for one in edges} == {"string", "long form"}


def test_every_field_of_a_step_is_explained_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "catalogue.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([a-z_]+)`", guide))
    assert set(StepDefinition.model_fields) <= explained
