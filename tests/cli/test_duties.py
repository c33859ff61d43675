"""Absences, delegations and work that changes hands, as people at their desks type them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from groundwork.domain.calendar import local_date
from tests.cli.terminal import Town

PROJECT = "2603-440784-04-01-558124"
DESK = "park-committee"
OFFICER, HEAD = f"{DESK}.officer", f"{DESK}.section-head"
LEADER = f"{DESK}.deputy-leader"


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A running `up --demo` with a chain whose first step is handed in."""
    place = Town()
    try:
        place.open("--demo", "--empty")
        place.told(
            *("launch", "land-to-construction", "--project", PROJECT, "--as", "housekeeper"),
            *("--name", "云脊精密机电（虚构）", "--enterprise", "云脊机电"),
            *("--uscc", "91440784MA0000015C"),
        )
        place.done("act", PROJECT, "receive", "L01", "--all-materials", "--as", "project-manager")
        yield place
    finally:
        place.clear()


def at_desk(town: Town, role: str) -> str:
    """The id of somebody in the park committee."""
    items = town.told("people", "desks", DESK, "--as", HEAD)["items"]
    return str(next(one["id"] for one in items if one["role"] == role))


def days() -> tuple[str, ...]:
    today: date = local_date(datetime.now(UTC))
    return ("--from", today.isoformat(), "--to", (today + timedelta(3)).isoformat())


def test_an_absence_a_delegation_and_a_handover(town: Town) -> None:
    officer, head, leader = (
        at_desk(town, role) for role in ("officer", "section_head", "deputy_leader")
    )
    second = town.told(
        *("people", "add", "何新", "--role", "officer", "--department", DESK, "--save", "second")
    )["id"]

    # The first step is given to the officer, who is away: the second one finds and accepts it.
    given = ("--field", f"assignee={officer}", "--reason", "分办", "--as", HEAD)
    town.done("act", PROJECT, "assign", "L01", *given)
    away = town.told(
        *("people", "away", officer, *days(), "--substitute", second),
        *("--reason", "年休假", "--as", OFFICER),
    )
    assert second in town.done("people", "desks", DESK, "--as", HEAD)
    (mine,) = town.told("inbox", DESK, "--mine", "--as", "second")["items"]
    assert mine["assignee"] == officer
    assert officer in town.done("inbox", DESK, "--mine", "--as", "second")
    town.done("act", PROJECT, "accept", "L01", "--for", officer, "--as", "second")
    timeline = town.told("show", PROJECT, "--timeline")["timeline"]
    accepted = next(one for one in timeline if one["type"] == "step_accepted")
    assert accepted["body"]["by"]["on_behalf_of"] == officer
    assert f"{second} 代 {officer}" in town.done("show", PROJECT, "--timeline")
    assert away["id"] in town.done("people", "absences", officer, "--as", HEAD)
    town.done("people", "back", officer, away["id"], "--as", OFFICER)

    # A leader delegates one thing on one step, and takes it back.
    delegated = town.told(
        *("people", "delegate", leader, second, "--action", "extend", "--step", "L01"),
        *(*days(), "--reason", "出差", "--as", LEADER),
    )
    extend = ("act", PROJECT, "extend", "L01", "--field", "amount=1", "--reason", "核实")
    town.done(*extend, "--as", "second")
    assert "延期" in town.done("people", "delegations", leader, "--as", LEADER)
    town.done("people", "undelegate", leader, delegated["id"], "--as", LEADER)

    # The officer leaves: first with work in hand, then without.
    refused = town.run("people", "deactivate", officer)
    assert refused.exit_code == 1
    assert "[work_left]" in refused.stderr
    assert "承办环节: 1" in town.done("people", "work", officer)
    moving = ("people", "reassign", officer, head, "--reason", "离岗", "--as", HEAD)
    preview = town.told(*moving, "--preview")
    assert [(one["step"], one["outcome"]) for one in preview["steps"]] == [("L01", "open")]
    assert "移交 1 · 未移交 0 · 待移交 0" in town.done(*moving)
    town.done("people", "deactivate", officer)
    assert town.told("people", "work", officer)["steps"] == []
    assert town.told("inbox", DESK, "--mine", "--as", HEAD)["items"][0]["assignee"] == head
    town.done(
        "act", PROJECT, "assign", "L01", "--field", "assignee=", "--reason", "x", "--as", HEAD
    )
    assert town.told("inbox", DESK, "--mine", "--as", HEAD)["items"] == []
