"""Options become the body of a command, and what does not fit is told before anything is sent."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from groundwork.console.acting import COMMANDS, command_body, fields_of, kind_of, subject_of
from groundwork.console.faults import Misuse
from groundwork.domain.commands import (
    AddUnit,
    AnyCommand,
    Decide,
    MergeUnits,
    RequestCorrection,
    StopClock,
)

ANY: TypeAdapter[AnyCommand] = TypeAdapter(AnyCommand)


def body(verb: str, subject: str | None = "L04", *extra: str, **options: Any) -> dict[str, Any]:
    return command_body(kind_of(verb), subject, options, extra)


def test_every_command_can_be_given_by_its_fields() -> None:
    for verb, kind in COMMANDS.items():
        assert kind_of(verb.replace("_", "-")) is kind
        assert "type" not in fields_of(kind)
        assert subject_of(kind) not in fields_of(kind)


def test_options_and_fields_make_a_command_that_the_core_reads() -> None:
    given = body("stop_clock", "L04", "basis=art. 45", "planned_end=2026-12-10", reason="hearing")
    command = ANY.validate_python(given | {"type": "stop_clock"})
    assert isinstance(command, StopClock)
    assert command.planned_end.isoformat() == "2026-12-10"


def test_a_repeated_field_becomes_a_list_where_the_command_has_one() -> None:
    given = body("request_correction", "L04", "items=form", "items=seal")
    command = ANY.validate_python(given | {"type": "request_correction"})
    assert isinstance(command, RequestCorrection)
    assert command.items == ("form", "seal")


def test_the_gate_is_told_what_it_needs() -> None:
    given = body(
        "decide",
        "L14",
        "winner-uscc=91440784MA0000015C",
        "planning_conditions_changed=false",
        result="pass",
    )
    command = ANY.validate_python(given | {"type": "decide"})
    assert isinstance(command, Decide)
    assert command.planning_conditions_changed is False


def test_the_reason_of_an_exemption_is_its_ground() -> None:
    assert body("exempt", "L03", reason="assessed") == {"step": "L03", "ground": "assessed"}


def test_all_materials_are_asked_for_by_step() -> None:
    given = command_body(kind_of("receive"), "L01", {}, (), lambda step: [f"{step}-form"])
    assert given == {"step": "L01", "materials": ["L01-form"]}


@pytest.mark.parametrize(
    ("verb", "subject", "extra"),
    [
        ("demolish", "L04", ()),
        ("accept", None, ()),
        ("withdraw_chain", "L04", ()),
        ("accept", "L04", ("opinion=yes",)),
        ("decide", "L04", ("result",)),
        ("decide", "L04", ("result=pass", "result=fail")),
    ],
)
def test_what_does_not_fit_is_misuse(
    verb: str, subject: str | None, extra: tuple[str, ...]
) -> None:
    with pytest.raises(Misuse):
        body(verb, subject, *extra)


def test_an_option_that_the_command_does_not_have_is_told_with_those_it_has() -> None:
    with pytest.raises(Misuse, match="opinion, document"):
        body("decide", "L04", reason="because")


def test_a_unit_is_the_subject_of_its_verbs() -> None:
    given = body("add_unit", "B3", "name=3号厂房", reason="加建")
    command = ANY.validate_python(given | {"type": "add_unit"})
    assert isinstance(command, AddUnit)
    assert (command.unit, command.name) == ("B3", "3号厂房")
    merged = ANY.validate_python(
        body("merge-units", "B3", "into=B1", reason="合并") | {"type": "merge_units"}
    )
    assert isinstance(merged, MergeUnits)
    assert merged.into == "B1"
    with pytest.raises(Misuse, match="B1"):
        body("drop_unit", None)
