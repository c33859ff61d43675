"""A year of a busy department, laid out by the pure core: who is late, stops, answers, appeals."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from groundwork.catalogue.loader import get, load_chain
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.definition import StepDefinition, Text
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Role
from groundwork.domain.rules import Rules
from groundwork.rehearsal.moments import When, parse
from groundwork.rehearsal.plan import Plan, make_plan
from groundwork.rehearsal.rehearse import rules_for
from groundwork.rehearsal.script import Action, Choices, Days, Project
from groundwork.rehearsal.typical import Habits, typical_script
from tests.catalogue.planting import CHAIN, Plot

CALENDAR: Final = "cn-2026.1"
SEED: Final = 2026
"""Chooses what people do, and when worker and server are killed."""
DEPARTMENT: Final = "natural-resources"
END: Final = datetime(2026, 12, 31, 23, 59, tzinfo=SHANGHAI)
UNITS: Final = (UnitChoice(id="B1", name="1号厂房"),)

STORIES: Final = (
    ("land-to-construction", "2026-01-05", 150),
    ("land-to-construction", "2026-01-26", 230),  # over the Spring Festival
    ("land-to-construction", "2026-04-20", 190),
    ("completion-to-production", "2026-05-25", 220),  # over National Day
)
"""Which chain begins on what day, and how much of its limits its officers take, in percent."""


def rules_of_the_year(folder: Path) -> dict[str, Rules]:
    """Both chains on the newer ladder; L14 has eight hours and climbs by the hour."""
    newest = CHAIN.with_name("1.1.0.yaml")
    hours = "ladder: default-1.1.0\nladders:\n  steps: {L14: hotline-1.0.0}\n"
    plot = (
        Plot(folder, newest)
        .plant("ladder: default-1.1.0\n", hours)
        .in_step("L14", "promised: {standard: 3, fast: 1}\n", "promised: 8 h\n")
        # Hours cannot be added to a route's working days.
        .plant("steps: [L02, L14, L15,", "steps: [L02, L15,")
        .plant("working_days: 36\n", "working_days: 33\n")
    )
    assert plot.harvest() == []
    definitions = (load_chain(plot.file), get("completion-to-production", "1.0.0"))
    return {one.id: rules_for(one, CALENDAR) for one in definitions}


def year(rules: dict[str, Rules], seed: int) -> list[Plan]:
    """The plans of all chains of the year; the seed decides what officers do about cards."""
    dice = random.Random(seed)
    return [
        _plan(rules[kind], number, start, share, dice)
        for number, (kind, start, share) in enumerate(STORIES, start=1)
    ]


def _plan(rules: Rules, number: int, start: str, share: int, dice: random.Random) -> Plan:
    units = UNITS if rules.definition.units else ()
    script = typical_script(
        rules,
        datetime.fromisoformat(f"{start} 09:00").replace(tzinfo=SHANGHAI),
        Choices(units=units),
        Project(
            name=Text(zh=f"全年第 {number} 件", en=f"Case {number} of the year"),
            code=f"2601-440784-04-01-{number:06}",
            uscc="91440784MA0000015C",
        ),
        Habits(share=share, unlimited=5),
    )
    stops = [one for step in rules.definition.steps for one in _stops(step, dice)]
    script = script.model_copy(update={"until": END, "actions": (*script.actions, *stops)})
    answers = tuple(_answers(rules, make_plan(script, rules), dice))
    return make_plan(script.model_copy(update={"actions": (*script.actions, *answers)}), rules)


def _stops(step: StepDefinition, dice: random.Random) -> Iterator[Action]:
    """Some steps are stopped for some days; some stops end early, others as planned."""
    if not step.stops or step.per_unit or step.applicant_owned or dice.random() < 0.4:
        return
    reason = dice.choice(step.stops)
    planned = Days(count=dice.randint(3, 8), unit="wd")
    fields = {"reason": reason, "basis": "法定程序", "planned_end": planned}
    began = parse(f"{dice.randint(1, 6)} wd after {step.id} accepted")
    yield _by_officer("stop_clock", step, began, fields)
    if dice.random() < 0.5:
        ended = parse(f"2 wd after {step.id} stopped")
        yield _by_officer("resume_clock", step, ended, {"reason": reason})


def _by_officer(verb: str, step: StepDefinition, when: When, fields: dict[str, Any]) -> Action:
    return Action(
        when=when,
        verb=verb,
        subject=step.id,
        by=Role.OFFICER,
        department=step.lead,
        fields=fields,
    )


def _answers(rules: Rules, plan: Plan, dice: random.Random) -> Iterator[Action]:
    """Of the cards some are answered, in time or late, and some appealed; some appeals granted."""
    for event in plan.events:
        if not isinstance(event, ev.EscalationFired) or event.rung in {"yellow", "red"}:
            continue
        if event.human_decides and dice.random() < 0.5:
            fields = {"refer": False, "reason": "说明充分"}
            yield _later(event, 30, "decide_referral", Role.BUSINESS_ENVIRONMENT_OFFICE, fields)
        if event.answer_by is not None and dice.random() < 0.4:
            written = {"answer": "人手不足"}
            yield _later(event, dice.choice((5, 20, 90)), "acknowledge", Role.DATA_BUREAU, written)
        if event.appeal_by is not None and dice.random() < 0.4:
            lead, after = rules.step(event.step).lead, dice.choice((9, 15, 100))
            appealed = _later(event, after, "appeal_escalation", Role.OFFICER, {"reason": "停机"})
            yield appealed.model_copy(update={"department": lead})
            verb = dice.choice(("uphold_escalation", "annul_escalation"))
            office, why = Role.BUSINESS_ENVIRONMENT_OFFICE, {"reason": "已核查"}
            yield _later(event, after + 3, verb, office, why)


def _later(
    event: ev.EscalationFired, hours: int, verb: str, by: Role, fields: dict[str, Any]
) -> Action:
    at = (event.at + timedelta(hours=hours)).astimezone(SHANGHAI)
    when = When(on=at.date(), at=at.time())
    return Action(when=when, verb=verb, subject=event.escalation, by=by, fields=fields)


class Fired(NamedTuple):
    """An escalation of the year: when, on which chain, and as which of its events."""

    at: datetime
    chain: str
    seq: int
    event: ev.EscalationFired

    @property
    def key(self) -> tuple[datetime, str, int]:
        """Its place in the year."""
        return self[:3]


def fired(chain: str, events: Iterable[ev.AnyEvent]) -> list[Fired]:
    """The escalations among a chain's events."""
    return [Fired(e.at, chain, e.seq, e) for e in events if isinstance(e, ev.EscalationFired)]


def merged(plans: Iterable[Plan]) -> list[Fired]:
    """The escalations that the core foretells on all chains, in the order of their moments."""
    found = [one for plan in plans for one in fired(plan.chain.id, plan.events)]
    return sorted(found, key=lambda one: one.key)
