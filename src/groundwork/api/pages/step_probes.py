"""Which commands on a step are open to the reader now, and why the others are not.

Each is tried on the record with the least that it needs, so that the core itself decides what a
page offers. Where a choice decides, such as the result or the ground, every choice is tried.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from groundwork.api.errors import Problem
from groundwork.api.pages.judging import STAND_INS, Bench, Judged
from groundwork.api.pages.step_verbs import VERBS
from groundwork.domain.commands import RefusalGround
from groundwork.domain.definition import StepDefinition, StopReason, VisitTerms
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import DecisionResult, Step
from groundwork.domain.rejections import Reason
from groundwork.domain.stops import Stop
from groundwork.store.people import Person

Fields = Mapping[str, Any]

_HOPELESS: Final = frozenset(
    {
        Reason.WRONG_STATE,
        Reason.NOT_PERMITTED,
        Reason.OTHER_DEPARTMENT,
        Reason.CHAIN_CLOSED,
        Reason.NOT_JOINT,
        Reason.NOBODY_TO_CONSULT,
    }
)
"""What no other choice of fields would change."""

WORTH_KNOWING: Final = frozenset(
    {
        Reason.ALREADY_CORRECTED,
        Reason.MATERIALS_MISSING,
        Reason.TOO_MANY_TOLERATED,
        Reason.COMMITMENT_UNSIGNED,
        Reason.LIMIT_OVER,
        Reason.ALREADY_EXTENDED,
        Reason.ALREADY_CONSULTED,
        Reason.CONSULTATION_PENDING,
        Reason.OPINION_AGAINST,
        Reason.OPINION_TOO_LATE,
        Reason.VISIT_MISSING,
        Reason.VISIT_NOT_HELD,
        Reason.RECTIFIED_TOO_LATE,
        Reason.ALREADY_RECTIFIED,
        Reason.MUST_ACCEPT,
        Reason.CREDIT_PENDING,
        Reason.CREDIT_UNKNOWN,
        Reason.CREDIT_BARRED,
        Reason.HELD_BY_ANOTHER,
        Reason.SETTLES_ITSELF,
        Reason.ALREADY_PROLONGED,
    }
)
"""Refusals that tell a reader something about the step; the others only say that it is not time."""


@dataclass(frozen=True)
class StepCase:
    """A step on the bench, and who may be put in charge of it or visit its site."""

    bench: Bench
    key: str
    colleagues: Sequence[Person]
    ready: Sequence[str] = ()
    """The materials that the project's bag has for it."""

    @property
    def step(self) -> Step:
        """The step as it stands."""
        return self.bench.chain.steps[self.key]

    @property
    def definition(self) -> StepDefinition:
        """What the chain's definition says of it."""
        return self.bench.rules.step(self.key)

    @property
    def open_stops(self) -> tuple[Stop, ...]:
        """The stops that hold its clock."""
        return self.step.clock.open_stops if self.step.clock else ()

    @property
    def stop_reasons(self) -> tuple[StopReason, ...]:
        """Why its clock may stop: what the definition lists, and the force of nature."""
        return tuple(dict.fromkeys((*self.definition.stops, StopReason.FORCE_MAJEURE)))

    @property
    def visit_terms(self) -> VisitTerms | None:
        """How many officers its joint site visit takes, if that is said."""
        joint = self.bench.rules.definition.joint
        return joint.visit if joint is not None else None


class Tried(NamedTuple):
    """A command with the fields that were tried, and what the core said."""

    fields: Fields
    judged: Judged


class Tries(NamedTuple):
    """All that was tried of one command."""

    verb: str
    tried: Sequence[Tried]

    @property
    def possible(self) -> bool:
        """Whether it can be done in some way."""
        return any(not isinstance(one.judged, Problem) for one in self.tried)

    @property
    def refusal(self) -> Problem | None:
        """Why it cannot be done; None if it can, or if there is nothing to choose."""
        refusals = [one.judged for one in self.tried if isinstance(one.judged, Problem)]
        return None if self.possible or not refusals else refusals[0]

    def open_to(self, field: str) -> list[Any]:
        """The values of a field with which it can be done."""
        return [one.fields[field] for one in self.tried if not isinstance(one.judged, Problem)]

    def shut_to(self, field: str) -> list[tuple[Any, Problem]]:
        """The values with which it cannot, each with the reason."""
        return [
            (one.fields[field], one.judged)
            for one in self.tried
            if isinstance(one.judged, Problem) and field in one.fields
        ]


async def try_all(case: StepCase) -> dict[str, Tries]:
    """Every command on the step, tried."""
    bench = case.bench.as_of_now()
    return {verb: await _try_one(bench, case, verb) for verb in VERBS}


async def _try_one(bench: Bench, case: StepCase, verb: str) -> Tries:
    """One command in every way in which it may be given; hopeless ones once."""
    tried: list[Tried] = []
    for fields in _PROBES[verb](case):
        judged = await bench.judge(verb, {"step": case.key, **fields}, sample=True)
        tried.append(Tried(fields, judged))
        if isinstance(judged, Problem) and judged.code in _HOPELESS:
            break
    return Tries(verb, tried)


_WORD: Final = "—"
"""Any word: the core looks at whether there is one."""


def _once(**fields: Any) -> Callable[[StepCase], list[Fields]]:
    return lambda _: [fields]


def _modes(case: StepCase) -> list[Fields]:
    return [{"mode": one} for one in case.definition.modes if one is not case.step.mode]


def _materials(case: StepCase) -> list[Fields]:
    return [{"materials": [one.id for one in case.definition.materials]}]


def _corrections(case: StepCase) -> list[Fields]:
    plain: list[Fields] = [{"items": [_WORD]}]
    handed_in = list(case.step.materials)
    return plain + ([{"items": [_WORD], "materials": handed_in}] if handed_in else [])


def _stops(case: StepCase) -> list[Fields]:
    end = case.bench.page.moments.today + timedelta(1)
    return [{"reason": one, "basis": _WORD, "planned_end": end} for one in case.stop_reasons]


def _plans(case: StepCase) -> list[Fields]:
    tomorrow = case.bench.page.moments.today + timedelta(1)
    days = [(one.reason, one.planned_end + timedelta(1)) for one in case.open_stops]
    days += [(one.reason, tomorrow) for one in case.open_stops]
    return [{"reason": one, "planned_end": day, "ground": _WORD} for one, day in days]


def _decisions(case: StepCase) -> list[Fields]:
    gate: Fields = {}
    if case.definition.conversion_gate:
        uscc = case.bench.chain.launch.uscc
        gate = {"winner_uscc": uscc, "planning_conditions_changed": False}
    return [{"result": one, "opinion": _WORD, **gate} for one in DecisionResult]


def _assignments(case: StepCase) -> list[Fields]:
    others = [one.id for one in case.colleagues if one.id != case.step.assignee]
    return [{"assignee": others[0] if others else None, "reason": _WORD}]


def _opinions(_: StepCase) -> list[Fields]:
    kinds = (OpinionKind.AGREE, OpinionKind.AGREE_WITH_CONDITIONS, OpinionKind.DISAGREE)
    return [{"opinion": one, "text": _WORD} for one in kinds]


_PROBES: Final[Mapping[str, Callable[[StepCase], Sequence[Fields]]]] = MappingProxyType(
    {
        "choose_mode": _modes,
        "receive": _materials,
        "request_correction": _corrections,
        "submit_correction": _materials,
        "accept": _once(),
        "refuse_acceptance": lambda _: [{"reason": _WORD, "ground": g} for g in RefusalGround],
        "begin_review": _once(),
        "stop_clock": _stops,
        "replan_stop": _plans,
        "resume_clock": lambda case: [{"reason": one.reason} for one in case.open_stops],
        "extend": _once(amount=1, reason=_WORD),
        "decide": _decisions,
        "exempt": _once(ground=_WORD),
        "withdraw_step": _once(reason=_WORD),
        "revoke": _once(reason=_WORD),
        "annul": _once(reason=_WORD),
        "conclude_recheck": lambda _: [{"upheld": one, "reason": _WORD} for one in (True, False)],
        "assign": _assignments,
        "open_consultation": _once(),
        "give_opinion": _opinions,
        "schedule_visit": lambda case: [{"visit_on": case.bench.page.moments.today}],
        "record_visit": lambda case: [
            {"visited_on": case.bench.page.moments.today, "officers": STAND_INS}
        ],
        "request_rectification": lambda case: [
            {"items": [_WORD], "planned_end": case.bench.page.moments.today + timedelta(1)}
        ],
        "submit_rectification": _once(),
        "draft_commitment": lambda _: [{}, {"obligations": [_WORD]}],
    }
)
