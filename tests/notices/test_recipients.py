"""Who is told when people are away, nobody holds a role, or somebody is in charge."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from groundwork.domain import commands as cmd
from groundwork.domain.calendar import local_date
from groundwork.domain.model import Role
from groundwork.store import deputies as deputies_log
from groundwork.store.duties import Duties, Written
from groundwork.store.people import People
from tests.heard import heard
from tests.notices.town import PARK, Town

TODAY = local_date(datetime.now(UTC))
BY = Written("p-admin", "年休假")


async def away(town: Town, who: str, substitute: str, first: int = -1, last: int = 1) -> None:
    days = TODAY + timedelta(first), TODAY + timedelta(last)
    people = town.people
    await Duties(town.engine).set_absence(people[who], people[substitute], days, BY)


async def assign(town: Town, who: str) -> None:
    command = cmd.Assign(step="L01", assignee=town.people[who], reason="熟悉项目")
    await town.act(command, "head", Role.SECTION_HEAD, department=PARK)


async def received(town: Town) -> None:
    await town.launch()
    await town.receive()
    await town.plan()


async def test_the_substitute_is_told_instead_of_whoever_is_away(town: Town) -> None:
    await town.add("colleague", Role.OFFICER, "finance")
    await away(town, "officer", "colleague")
    await received(town)
    assert await town.told("colleague") == ["step_received"]
    assert await town.told("officer") == []


async def test_an_absence_that_is_over_or_to_come_changes_nothing(town: Town) -> None:
    await town.add("colleague", Role.OFFICER, "finance")
    await away(town, "officer", "colleague", first=1, last=3)
    await away(town, "officer", "colleague", first=-4, last=-2)
    await received(town)
    assert await town.told("officer") == ["step_received"]
    assert await town.told("colleague") == []


async def test_who_is_told_twice_over_is_told_once(town: Town) -> None:
    await town.add("second", Role.OFFICER, PARK)
    await away(town, "officer", "second")
    await received(town)
    assert await town.told("second") == ["step_received"]


async def test_the_housekeepers_substitute_looks_after_the_chain(town: Town) -> None:
    await town.add("keeper_too", Role.HOUSEKEEPER)
    await away(town, "housekeeper", "keeper_too")
    await received(town)
    assert await town.told("keeper_too") == ["chain_launched", "step_ready"]
    assert await town.told("housekeeper") == []


async def test_a_substitute_who_acted_is_not_told_of_it(town: Town) -> None:
    await town.add("colleague", Role.OFFICER, PARK)
    await away(town, "officer", "colleague")
    await town.launch()
    await town.receive()
    await town.act(cmd.Accept(step="L01"), "colleague", Role.OFFICER, department=PARK)
    await town.plan()
    assert "step_accepted" not in await town.told("colleague")
    # Nobody else takes the place of who knows already.
    assert await town.told("head") == []


async def test_next_in_line_is_told_where_a_role_has_nobody_and_the_log_says_so(
    town: Town,
) -> None:
    await People(town.engine).deactivate(town.people["officer"])
    with heard(deputies_log) as logs:
        await received(town)
    assert await town.told("head") == ["step_received"]
    (line,) = [one for one in logs if one["event"] == "nobody in the role"]
    assert (line["role"], line["received_by"]) == ("officer", "section_head")


async def test_administrators_are_told_at_last(town: Town) -> None:
    await town.add("administrator", Role.ADMINISTRATOR)
    for who in ("officer", "head"):
        await People(town.engine).deactivate(town.people[who])
    await received(town)
    assert await town.told("administrator") == ["step_received"]


async def test_nobody_takes_the_place_of_an_enterprise(town: Town) -> None:
    await town.add("administrator", Role.ADMINISTRATOR)
    await People(town.engine).deactivate(town.people["manager"])
    await town.launch()
    await town.plan()
    assert await town.told("housekeeper") == ["chain_launched", "step_ready"]
    assert await town.told("administrator") == await town.told("head") == []


async def test_who_is_in_charge_is_told_and_not_the_whole_desk(town: Town) -> None:
    await town.add("second", Role.OFFICER, PARK)
    await town.launch()
    await assign(town, "second")
    await town.receive()
    await town.plan()
    assert await town.told("second") == ["step_assigned", "step_received"]
    assert await town.told("officer") == []


async def test_an_escalation_goes_to_who_is_in_charge(town: Town) -> None:
    await town.add("second", Role.OFFICER, PARK)
    await town.launch()
    await assign(town, "second")
    await town.receive()
    await town.accept()
    await town.wait(datetime.now(UTC) + timedelta(days=12))
    await town.plan()
    assert "escalation_fired" in await town.told("second")
    assert "escalation_fired" in await town.told("head")
    assert await town.told("officer") == []


async def test_the_substitute_of_who_is_in_charge_is_told(town: Town) -> None:
    await town.add("second", Role.OFFICER, PARK)
    await town.add("third", Role.OFFICER, PARK)
    await town.launch()
    await assign(town, "second")
    await town.receive()
    await away(town, "second", "third")
    await town.plan()
    assert await town.told("third") == ["step_assigned", "step_received"]
    assert await town.told("second") == await town.told("officer") == []


async def test_the_desk_is_told_once_who_was_in_charge_has_left(town: Town) -> None:
    await town.add("second", Role.OFFICER, PARK)
    await town.launch()
    await assign(town, "second")
    await People(town.engine).deactivate(town.people["second"])
    await town.receive()
    await town.plan()
    assert "step_received" in await town.told("officer")


@pytest.mark.parametrize("chains", [1, 3])
async def test_one_picture_of_everybody_serves_all_that_a_chain_gives_rise_to(
    town: Town, chains: int
) -> None:
    for _ in range(chains):
        await town.launch()
        await town.receive()
        await town.accept()
    asked: list[str] = []

    def note(*args: object) -> None:
        asked.append(str(args[2]))

    event.listen(town.engine.sync_engine, "before_cursor_execute", note)
    await town.plan()
    event.remove(town.engine.sync_engine, "before_cursor_execute", note)
    for name in ("person", "person_grant", "absence"):
        reads = [one for one in asked if re.search(rf"FROM {name}\b", one)]
        assert len(reads) == chains, name
