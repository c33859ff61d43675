"""A small world of joint acceptance: two buildings, gates, promises with terms, and credit.

Times are as in `worlds`; the credit source answers at once unless a play holds it back.
"""

from datetime import date
from functools import cache
from typing import Any, Self

from groundwork.catalogue.credit_policies import default_credit
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain.core import Accepted
from groundwork.domain.credit import (
    CreditAnswer,
    CreditKind,
    CreditRecord,
    Severity,
)
from groundwork.domain.definition import (
    BreachKind,
    ChainDefinition,
    CommitmentNotice,
    ConditionKind,
    Consequence,
    Department,
    Gate,
    GateCondition,
    JointTerms,
    Phase,
    PromiseTerms,
    StopReason,
    UnitTerms,
    VisitTerms,
)
from groundwork.domain.facts import OpinionKind, UnitChoice
from groundwork.domain.gates import GateStatus, gate_status
from groundwork.domain.model import Actor, Commitment, Role
from groundwork.domain.rules import Rules
from tests.domain.small import (
    COMMITTED,
    DAYS,
    STANDARD,
    TOLERANT,
    limit,
    material,
    small_definition,
    step,
    text,
)
from tests.domain.worlds import USCC, Play, actor, small_rules

FIRM = "91440784MA00003300"
"""A firm whose report an application relies on."""
B1, B2 = UnitChoice(id="B1", name="Workshop 1"), UnitChoice(id="B2", name="Workshop 2")
TWO_OFFICERS = ("officer-a", "officer-b")
REVIEW, WATER = actor(Role.OFFICER, "review"), actor(Role.OFFICER, "water")
MARKET = actor(Role.OFFICER, "market")

NOTICE = CommitmentNotice(
    conditions=(text("the archive is complete"),), checks=(text("two officers look"),), basis="CN42"
)
STEPS = (
    step("B01", lead="enterprise", applicant_owned=True, never_tolerable=True),
    step("B02", "B01", promised=3, confirms_units=True),
    step(
        "U01",
        "B02",
        promised=5,
        per_unit=True,
        modes=(STANDARD, TOLERANT),
        materials=(material("survey"), material("greening", 20, DAYS), material("fence", 10)),
    ),
    step("U02", "B02", promised=7, lead="review", per_unit=True, never_tolerable=True),
    step(
        "U03",
        "B02",
        promised=3,
        per_unit=True,
        modes=(STANDARD, COMMITTED, TOLERANT),
        commitment=NOTICE,
        materials=(material("application"), material("archive", 90, DAYS)),
    ),
    step(
        "U04",
        *("U01", "U02", "U03"),
        promised=5,
        per_unit=True,
        joint=True,
        consulted=("review", "water"),
        stops=(StopReason.RECTIFICATION,),
    ),
    step("U05", "U04", per_unit=True, settles_cures=True, materials=()),
    step("U06", "U04", promised=1, per_unit=True),
    step("U07", "U01", lead="enterprise", applicant_owned=True, per_unit=True),
    step("W01", "U05", "U06", promised=1),
    step(
        "W02",
        "B01",
        promised=3,
        consulted=("water",),
        phases=(Phase(id="A", name=text("pit")), Phase(id="C", name=text("frame"))),
    ),
    step("W03", "W02.A", promised=1),
)


def _condition(name: str, kind: ConditionKind, **facts: Any) -> GateCondition:
    return GateCondition(id=name, name=text(name), kind=kind, source="ZL16", **facts)


GATES = (
    Gate(
        id="early-entry",
        name=text("early entry"),
        permits=text("installation only"),
        conditions=(_condition("structure", ConditionKind.STEP, step="B01"),),
    ),
    Gate(
        id="production",
        name=text("production"),
        permits=text("production"),
        closes_chain=True,
        conditions=(
            _condition("opinion", ConditionKind.STEP, step="U06"),
            _condition("environment", ConditionKind.STEP, step="U07"),
            _condition("equipment", ConditionKind.EQUIPMENT, holder="market"),
            _condition("red-lines", ConditionKind.RED_LINE),
        ),
    ),
)
PROMISES = PromiseTerms(
    undertakings=tuple(text(f"undertaking {number}") for number in range(1, 6)),
    undertakings_source="S4",
    reminders=(10, 3, 0),
    reminders_source="P",
    verification=limit(60, DAYS),
    officers=2,
    officers_source="XK34",
    publication=limit(5, DAYS),
    consequences={
        BreachKind.FALSE: Consequence.ANNUL,
        BreachKind.OVERDUE: Consequence.RECHECK,
        BreachKind.NON_CONFORMING: Consequence.RECHECK,
    },
    consequences_source="XK69",
)
JOINT = JointTerms(reply=limit(3), reinspection=limit(3), silence_source="SZ22")


@cache
def acceptance_rules() -> Rules:
    """The small world of joint acceptance under the real calendar."""
    names = ("desk", "review", "water", "market", "enterprise")
    changed = {
        **dict(small_definition()),
        "id": "acceptance",
        "workflow_type": "CompletionToProduction",
        "departments": tuple(Department(id=n, name=text(n), short=text(n)) for n in names),
        "steps": STEPS,
        "routes": (),
        "promises": PROMISES,
        "joint": JOINT,
        "units": UnitTerms(name=text("building"), most=3, source="P"),
        "gates": GATES,
        "credit": default_credit(),
    }
    return Rules(ChainDefinition(**changed), small_rules().calendar)


@cache
def visiting_rules() -> Rules:
    """The same world, later: two officers visit a site, by name."""
    before = acceptance_rules()
    joint = JOINT.model_copy(update={"visit": VisitTerms(officers=2, source="XK34")})
    facts = {**dict(before.definition), "version": "1.1.0", "joint": joint}
    return Rules(ChainDefinition(**facts), before.calendar)


def bad_credit(subject: str = USCC, kind: CreditKind = CreditKind.PENALTY) -> CreditRecord:
    """A serious record that counts in 2026."""
    return CreditRecord(
        id=f"record-{subject}",
        subject=subject,
        kind=kind,
        severity=Severity.SERIOUS,
        decided_on=date(2026, 1, 5),
        ends_on=date(2028, 1, 5),
        document="doc 1",
    )


class AcceptancePlay(Play):
    """A play of joint acceptance. Its credit source has `records`, and may be `away`."""

    source = "register"
    """What the credit source calls itself."""

    def __init__(
        self,
        start: str = "2026-03-02 09:00",
        *,
        rules: Rules | None = None,
        records: tuple[CreditRecord, ...] = (),
        away: bool = False,
        **choices: Any,
    ) -> None:
        self.records = records
        self.away = away
        choices = {"units": (B1, B2), **choices}
        super().__init__(rules or acceptance_rules(), start, **choices)
        self.see_to_errands()

    def see_to_errands(self) -> None:
        """Let the credit source answer and take records, unless it is away."""
        while not self.away and (returned := self._next_return()) is not None:
            self._returned(returned)

    def _next_return(self) -> Accepted | None:
        for check in self.chain.checks.values():
            if check.pending:
                answer = CreditAnswer(
                    asked_at=check.asked_at,
                    source=self.source,
                    subjects=check.subjects,
                    records=tuple(r for r in self.records if r.subject in check.subjects),
                )
                return core.credit_answered(self.rules, self.chain, check.id, answer)
        for key, filing in self.chain.filings.items():
            if filing.pending:
                kept = [r for r in self.records if r.id != filing.report.record.id]
                self.records = (*kept, filing.report.record)
                return core.credit_filed(self.rules, self.chain, key)
        return None

    # Shorthand.

    def planned(self) -> Self:
        """Up to the confirmed plan of the two buildings."""
        return self.settle("B01", "B02")

    def draft(self, key: str, *third_parties: str) -> Self:
        return self.do(
            cmd.DraftCommitment(
                step=key, obligations=("hand in the archive",), third_parties=third_parties
            )
        )

    def commit(self, key: str) -> Self:
        """Hand in a step in commitment mode and sign its letter."""
        self.receive(key, "application").draft(key)
        return self.do(cmd.SignCommitment(step=key, signature="letter 1"))

    def say(
        self, key: str, by: Actor, opinion: OpinionKind = OpinionKind.AGREE, words: str = ""
    ) -> Self:
        said = {"step": key, "opinion": opinion, "text": words}
        return self.do(cmd.GiveOpinion.model_validate(said), by)

    def visit(self, key: str, *officers: str) -> Self:
        return self.do(cmd.RecordVisit(step=key, visited_on=self.now.date(), officers=officers))

    def accept_jointly(self, key: str) -> Self:
        """All agree, the visit is held, the summary is given."""
        self.receive(key).accept(key).say(key, REVIEW).say(key, WATER)
        return self.visit(key).decide(key)

    def acceptable(self, unit: str) -> Self:
        """Everything of a unit up to its joint acceptance, without any promise."""
        return self.settle(f"U01.{unit}", f"U02.{unit}", f"U03.{unit}")

    def accepted_unit(self, unit: str) -> Self:
        """A unit with its opinion."""
        self.acceptable(unit).accept_jointly(f"U04.{unit}")
        return self.settle(f"U06.{unit}")

    def register(self, unit: str) -> Self:
        return self.do(cmd.RegisterEquipment(unit=unit, without_equipment=True), MARKET)

    def gate(self, unit: str, name: str = "production") -> GateStatus:
        gate = next(one for one in self.rules.definition.gates if one.id == name)
        return gate_status(self.rules, self.chain, gate, self.chain.units[unit])

    def missing(self, unit: str) -> list[str]:
        return [one.id for one in self.gate(unit).missing]

    def promise(self, unit: str = "B1") -> Commitment:
        return self.chain.commitments[f"U03.{unit}-commitment"]
