"""From completion to production by hand: the shortest way to one open gate, typed as docs say."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from groundwork.catalogue.loader import latest
from groundwork.console import cast
from groundwork.console.opening import DEMO_CHAINS
from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from tests.cli.terminal import Town

PROJECT = "2609-440784-04-01-200001"
WHO = "housing-construction.officer"
BY_HAND = Path("docs/production.md")
_COMMAND = re.compile(r"^groundwork (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A running `up --demo`."""
    place = Town()
    try:
        place.open("--demo", "--empty")
        yield place
    finally:
        place.clear()


class TestTheCast:
    def test_everybody_that_a_chain_asks_can_be_played(self) -> None:
        chains = [latest(one) for one in DEMO_CHAINS]
        parts = list(cast.parts(chains))
        officers = {one.department.id for one in parts if one.department}
        for chain in chains:
            for step in chain.steps:
                assert officers >= set(step.consulted)
                assert step.applicant_owned or step.lead in officers
        assert {"market-supervision", "archives"} <= officers

    def test_a_department_that_leads_has_every_desk_and_nobody_two_names(self) -> None:
        parts = list(cast.parts([latest(one) for one in DEMO_CHAINS]))
        roles = {one.role for one in parts if one.department and one.department.id == "archives"}
        assert roles == set(cast.AT_DESKS)
        asked = [one for one in parts if one.department and one.department.id == "meteorology"]
        assert [one.role for one in asked] == [Role.OFFICER]
        assert len({one.name for one in parts}) == len({one.handle for one in parts}) == len(parts)


def today() -> date:
    """The day at the offices."""
    return local_date(datetime.now(UTC))


def commands(town: Town) -> list[list[str]]:
    """The commands of the page, one a line, played today by people of the town."""
    text = BY_HAND.read_text(encoding="utf-8")
    desks = town.told("people", "desks", "housing-construction", "--as", WHO)["items"]
    first, second, *_ = (one["id"] for one in desks)
    filled_in = {"VISITED": today().isoformat(), "FIRST": first, "SECOND": second}
    for blank, value in filled_in.items():
        text = text.replace(blank, value)
    return [words.split() for words in _COMMAND.findall(text)]


def test_the_page_leads_to_production_in_one_building(town: Town) -> None:
    for words in commands(town):
        result = town.run(*words)
        assert result.exit_code == 0, (words, result.output)
    units = town.told("show", PROJECT, "--as", "project-manager")["units"]
    gates = {unit["id"]: {one["id"]: one["open"] for one in unit["gates"]} for unit in units}
    assert gates["B1"] == {"early-entry": False, "use": True, "production": True}
    assert gates["B2"] == {"early-entry": False, "use": False, "production": False}
    page = town.done("show", PROJECT, "--timeline", "--as", "project-manager")
    assert "B1 1号厂房 · 投产" in page
    assert "meteorology" not in page
    keys = [step["key"] for step in town.told("show", PROJECT)["steps"]]
    assert keys[7:9] == ["C08.B1", "C08.B2"]
    assert keys[-2:] == ["C17", "C18"]


def test_a_promise_says_how_it_stands(town: Town) -> None:
    told = town.done(
        *("act", PROJECT, "submit_performance", "C12.B1-commitment", "--document", "档案移交书"),
        *("--as", "project-manager"),
    )
    assert "C12.B1-commitment" in told
    assert "待核查" in told
