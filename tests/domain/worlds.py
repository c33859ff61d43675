"""Small worlds to try the law in: rules, people, and a chain that is played command by command.

Times are written as they stand on a clock in Heshan, such as `2026-03-02 10:00`. March 2026 begins
on a Sunday and has no holidays, so that its dates are easy to follow.
"""

from datetime import date, datetime
from functools import cache
from typing import Any, Self

from groundwork.catalogue import loader
from groundwork.catalogue.calendars import load_calendar
from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.calendar import SHANGHAI
from groundwork.domain.core import Accepted, Rejected
from groundwork.domain.credit import CreditAnswer
from groundwork.domain.definition import (
    ChainDefinition,
    StepDefinition,
    StopReason,
)
from groundwork.domain.model import (
    Actor,
    Chain,
    ChainState,
    Commitment,
    DecisionResult,
    Deficiency,
    DefinitionRef,
    Escalation,
    Launch,
    Role,
    Step,
)
from groundwork.domain.policy import PERMITTED
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.views import open_commitments
from tests.domain.small import COMMITTED, TOLERANT, small_definition

USCC = "91440784MA0000015C"
OTHER_USCC = "91440784MA00003300"


def moment(text: str) -> datetime:
    """The instant of a local date and time, such as `2026-03-02 10:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def local(at: datetime | None) -> str:
    """The local date and time of an instant, to the minute."""
    return "" if at is None else at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


@cache
def small_rules() -> Rules:
    """The small chain under the real calendar."""
    return Rules(small_definition(), load_calendar("cn-2026.1"))


@cache
def real_rules() -> Rules:
    """Land to construction as it stands in the catalogue."""
    return rules_in_catalogue("land-to-construction")


@cache
def rules_in_catalogue(chain: str, version: str | None = None) -> Rules:
    """A chain of the catalogue, in its newest version unless told otherwise."""
    return Rules(loader.get(chain, version), load_calendar("cn-2026.1"))


def rules_of(*steps: StepDefinition, **facts: Any) -> Rules:
    """The small world with other steps."""
    changed = {**dict(small_definition()), "steps": steps, "routes": (), **facts}
    return Rules(ChainDefinition(**changed), small_rules().calendar)


def actor(role: Role, department: str | None = None) -> Actor:
    return Actor(id=f"person-{role.value}", role=role, department=department)


ENTERPRISE = actor(Role.PROJECT_MANAGER)
HOUSEKEEPER = actor(Role.HOUSEKEEPER)
OFFICE = actor(Role.BUSINESS_ENVIRONMENT_OFFICE)

_USUAL = (
    Role.PROJECT_MANAGER,
    Role.OFFICER,
    Role.SECTION_HEAD,
    Role.DEPUTY_LEADER,
    Role.BUSINESS_ENVIRONMENT_OFFICE,
    Role.OPS,
    Role.SYSTEM,
)


def order(rules: Rules, at: datetime, **choices: Any) -> Launch:
    """A launch order, with `modes`, `phases` and `variant` to choose."""
    definition = rules.definition
    return Launch(
        **{
            "chain_id": "small-0001",
            "project_code": "2603-440784-04-01-123456",
            "uscc": USCC,
            "definition": DefinitionRef(id=definition.id, version=definition.version, hash="0"),
            "calendar_version": rules.calendar.version,
            "housekeeper": HOUSEKEEPER.id,
            "district": "heshan",
            "key": "launch-key",
            "by": HOUSEKEEPER,
            "received_at": at,
            **choices,
        }
    )


class Play:
    """A chain being played: the clock is set with `at`, people act, and time passes in between.

    A person who may act is found by itself unless `by` names one. Every chain that was held and
    every event that happened stay available, for what can be said about history.
    """

    def __init__(
        self, rules: Rules | None = None, start: str = "2026-03-02 09:00", **choices: Any
    ) -> None:
        self.rules = rules or small_rules()
        self.now = moment(start)
        self.numbered = 0
        launched = core.launch(self.rules, order(self.rules, self.now, **choices))
        assert isinstance(launched, Accepted), launched
        self.chain: Chain = launched.chain
        self.events: list[ev.AnyEvent] = []
        self.last: tuple[ev.AnyEvent, ...] = ()
        self._happened(launched)

    # Time.

    def at(self, when: str) -> Self:
        """Set the moment at which the next commands are received; earlier ones arrive late."""
        self.now = moment(when)
        return self

    def wait(self, when: str) -> Self:
        """Let time pass until then: all that is due happens."""
        self.now = moment(when)
        self._happened(core.tick(self.rules, self.chain, self.now))
        return self

    def _happened(self, accepted: Accepted) -> None:
        self.chain, self.last = accepted.chain, accepted.events
        self.events.extend(accepted.events)
        self.see_to_errands()

    def see_to_errands(self) -> None:
        """Answer what the chain asks for: nobody has a credit record."""
        for check in list(self.chain.checks.values()):
            if check.pending:
                answer = CreditAnswer(
                    asked_at=check.asked_at, source="none", subjects=check.subjects
                )
                self._returned(core.credit_answered(self.rules, self.chain, check.id, answer))

    def _returned(self, accepted: Accepted) -> None:
        self.chain, self.last = accepted.chain, (*self.last, *accepted.events)
        self.events.extend(accepted.events)

    # Commands.

    def envelope(self, command: Any, by: Actor | None = None) -> cmd.Envelope:
        self.numbered += 1
        return cmd.Envelope(
            key=f"key-{self.numbered:06}",
            by=by or self.person_for(command),
            received_at=self.now,
            command=command,
        )

    def person_for(self, command: Any) -> Actor:
        """Somebody who may do this."""
        definition = self._definition(command)
        if definition is not None and definition.applicant_owned:
            return ENTERPRISE
        role = next(role for role in _USUAL if role in PERMITTED[command.type])
        return actor(role, definition.lead if definition else None)

    def _definition(self, command: Any) -> StepDefinition | None:
        chain, key = self.chain, getattr(command, "step", None)
        for field, known in (
            ("deficiency", chain.deficiencies),
            ("commitment", chain.commitments),
            ("escalation", chain.escalations),
        ):
            found = known.get(getattr(command, field, ""))
            key = found.step if found else key
        return self.rules.step(key) if key in chain.steps else None

    def do(self, command: Any, by: Actor | None = None) -> Self:
        """The command is accepted."""
        answer = core.handle(self.rules, self.chain, self.envelope(command, by))
        assert isinstance(answer, Accepted), answer.rejection.sentence("en")
        self._happened(answer)
        return self

    def refusal(self, command: Any, by: Actor | None = None) -> Rejection:
        """The command is refused; why."""
        answer = core.handle(self.rules, self.chain, self.envelope(command, by))
        assert isinstance(answer, Rejected), "it was accepted"
        return answer.rejection

    def refused(self, command: Any, by: Actor | None = None) -> Reason:
        """The code of why the command is refused."""
        return self.refusal(command, by).reason

    # Shorthand for the commands that most stories are made of.

    def receive(self, key: str, *materials: str, lacking: tuple[str, ...] = ()) -> Self:
        """Hand in these materials, or all but those lacking."""
        of_step = self.rules.step(key).materials
        handed_in = materials or tuple(one.id for one in of_step if one.id not in lacking)
        tolerant = self.step(key).mode is TOLERANT and self.rules.definition.promises is not None
        promised = tuple(one.id for one in of_step if one.cure and one.id not in handed_in)
        command = cmd.Receive(step=key, materials=handed_in, promised=promised if tolerant else ())
        return self.do(command)

    def accept(self, key: str) -> Self:
        return self.do(cmd.Accept(step=key))

    def stop(self, key: str, until: str, reason: StopReason = StopReason.EXPERT_REVIEW) -> Self:
        planned = date.fromisoformat(until)
        return self.do(cmd.StopClock(step=key, reason=reason, basis="XK45", planned_end=planned))

    def resume(self, key: str, reason: StopReason = StopReason.EXPERT_REVIEW) -> Self:
        return self.do(cmd.ResumeClock(step=key, reason=reason))

    def extend(self, key: str, amount: int) -> Self:
        return self.do(cmd.Extend(step=key, amount=amount, reason="complex"))

    def decide(self, key: str, result: str = "pass", **facts: Any) -> Self:
        """Decide a step; a gate gets the facts that convert, a refusal an opinion."""
        if self.rules.step(key).conversion_gate:
            facts = {"winner_uscc": USCC, "planning_conditions_changed": False, **facts}
        if result == "fail":
            facts = {"opinion": "not in line with the plan", **facts}
        return self.do(cmd.Decide(step=key, result=DecisionResult(result), **facts))

    def sign(self, key: str) -> Self:
        """Sign a step's commitment, drawn up before where that has to be."""
        obligations = ("as the law says",)
        if self.rules.definition.promises is None:
            return self.do(cmd.SignCommitment(step=key, obligations=obligations))
        self.do(cmd.DraftCommitment(step=key, obligations=obligations))
        return self.do(cmd.SignCommitment(step=key))

    def settle(self, *keys: str) -> Self:
        """Take steps all the way through, at one moment, with everything handed in."""
        for key in keys:
            definition = self.rules.step(key)
            self.receive(key)
            if self.step(key).mode is COMMITTED:
                self.sign(key)
            if not definition.applicant_owned:
                self.accept(key)
            self.decide(key)
            for commitment in list(self.chain.commitments.values()):
                if commitment.step == key and commitment.id in open_commitments(self.chain):
                    self.verify(commitment.id)
        return self

    def verify(self, commitment: str) -> Self:
        """Two officers find a commitment kept."""
        return self.do(
            cmd.VerifyCommitment(
                commitment=commitment,
                outcome=cmd.VerificationOutcome.FULFILLED,
                officers=("officer-a", "officer-b"),
            )
        )

    # What there is to see.

    def state(self) -> ChainState:
        return self.chain.state

    def step(self, key: str) -> Step:
        return self.chain.steps[key]

    def deficiency(self, key: str) -> Deficiency:
        return self.chain.deficiencies[key]

    def commitment(self, key: str) -> Commitment:
        return self.chain.commitments[key]

    def escalation(self, key: str) -> Escalation:
        return self.chain.escalations[key]

    def rungs(self, key: str) -> list[tuple[str, str]]:
        """The rungs that a step reached, each with its local moment, as long as they stand."""
        return [
            (one.rung, local(one.at))
            for one in self.chain.escalations.values()
            if one.step == key and one.state != "reversed"
        ]

    def happened(self, key: str = "") -> list[str]:
        """The types of the last call's events, in order; of one step's only if it is named."""
        return [event.type for event in self.last if _subject(event).startswith(key)]


def _subject(event: ev.AnyEvent) -> str:
    """The id of what an event is about; those of promises and cards begin with their step's."""
    fields = ("step", "deficiency", "commitment", "escalation")
    found = (getattr(event, field, None) for field in fields)
    return next((one for one in found if one), "")
