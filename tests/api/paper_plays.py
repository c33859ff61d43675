"""Chains with promises and orders of every kind that is printed, played by the pure core."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from groundwork.catalogue.calendars import load_calendar
from groundwork.domain import commands as cmd
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import Mode, Variant
from groundwork.domain.facts import OpinionKind, UnitChoice
from groundwork.domain.model import RECEIVABLE, Role
from groundwork.domain.rules import Rules
from groundwork.store.definitions import Definitions
from tests.api.recorded import launched_for
from tests.domain.worlds import Play, actor, rules_in_catalogue

HOSTILE = "<script>alert(1)</script>"
OFFICERS = ("person-0a1b", "person-2c3d")
LETTER, LACKING, SITE = "L08-commitment", "L07-pipeline-opinion", "C13.B1"


async def land(code: str, engine: AsyncEngine, *calendars: Calendar) -> Play:
    """Land to construction, with a notice given on L08 and a material lacking on L07.

    `calendars` are those that it may adopt.
    """
    known = {one.version: one for one in (load_calendar("cn-2026.1"), *calendars)}
    for calendar in calendars:
        await Definitions(engine).save_calendar(calendar)
    definition = rules_in_catalogue("land-to-construction").definition
    rules = Rules(definition, known["cn-2026.1"], known.__getitem__)
    choices = {"variant": Variant.FAST, "modes": {"L08": Mode.COMMITMENT}}
    play = await launched_for(code, engine, rules, **choices)
    play.at("2026-03-02 10:00").settle("L01", "L02", "L03")
    play.receive("L07", lacking=("pipeline-opinion",)).accept("L07").receive("L08")
    obligations = ("按环评文件落实防治污染设施", HOSTILE)
    return play.do(cmd.DraftCommitment(step="L08", obligations=obligations))


def sign(play: Play, when: str = "2026-03-03 09:00") -> Play:
    """The enterprise signs the letter of L08, and the step is decided on it."""
    play.at(when).do(cmd.SignCommitment(step="L08", signature="函-8"))
    return play.accept("L08").decide("L08")


def verify(play: Play, outcome: str, when: str = "2026-04-07 09:00") -> Play:
    """Two officers verify the commitment of L08."""
    play.wait(when)
    facts = {"commitment": LETTER, "outcome": outcome, "officers": OFFICERS}
    faults = {"reason": f"沉淀池未建成 {HOSTILE}"} if outcome != "fulfilled" else {}
    return play.do(cmd.VerifyCommitment.model_validate(facts | faults))


async def building(code: str, engine: AsyncEngine, until: str, **choices: Any) -> Play:
    """Completion to production of one workshop, as far as that step, which can be handed in."""
    rules = rules_in_catalogue("completion-to-production")
    units = (UnitChoice(id="B1", name="1号厂房"),)
    play = await launched_for(code, engine, rules, units=units, **choices)
    play.at("2026-03-02 10:00")
    while play.step(until).state not in RECEIVABLE:
        play.settle(next(key for key, one in play.chain.steps.items() if one.state in RECEIVABLE))
    return play


async def site(code: str, engine: AsyncEngine) -> Play:
    """Up to a joint site visit that found something."""
    return inspect(await building(code, engine, SITE))


def inspect(play: Play) -> Play:
    """The site is handed in, one department disagrees, and the joint visit is held."""
    play.receive(SITE).accept(SITE)
    for department in play.rules.step(SITE).consulted:
        against = department == "fire-rescue"
        kind = OpinionKind.DISAGREE if against else OpinionKind.AGREE
        said = {"step": SITE, "opinion": kind, "text": f"喷淋未通水 {HOSTILE}" if against else ""}
        play.do(cmd.GiveOpinion.model_validate(said), actor(Role.OFFICER, department))
    facts = {"visited_on": play.now.date(), "findings": "三处问题", "officers": OFFICERS}
    return play.do(cmd.RecordVisit.model_validate({"step": SITE, **facts}))


def order(play: Play) -> Play:
    """The lead department tells what is to be put right at the site, by 16 March 2026."""
    items = ("喷淋系统通水", HOSTILE)
    return play.do(
        cmd.RequestRectification.model_validate(
            {"step": SITE, "items": items, "planned_end": "2026-03-16"}
        )
    )
