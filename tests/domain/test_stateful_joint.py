"""Joint acceptance in whatever order: opinions and silence, visits, what is to be put right."""

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

from hypothesis.stateful import run_state_machine_as_test

from groundwork.domain import commands as cmd
from groundwork.domain.calendar import local_date
from groundwork.domain.core import Accepted, Rejected
from groundwork.domain.facts import OpinionKind
from groundwork.domain.model import Actor, Chain, Role, Step, StepState
from groundwork.domain.rules import Rules
from tests.domain.acceptance import B1, B2, TWO_OFFICERS, AcceptancePlay, visiting_rules
from tests.domain.chronicles import CALENDARS, COMMANDS, OLD
from tests.domain.test_stateful import BEGIN, PROFILE, Chronicle
from tests.domain.worlds import Play, actor

UNDER_WAY = frozenset(
    {StepState.ACCEPTED, StepState.IN_REVIEW, StepState.STOPPED, StepState.RESUMED}
)
VERBS = (
    *("give_opinion",) * 4,
    *("record_visit", "record_visit", "schedule_visit", "open_consultation"),
    *("request_rectification", "submit_rectification", "decide", "decide"),
)


@cache
def without_credit() -> Rules:
    """The world of joint acceptance, for which no credit bureau is asked."""
    rules = visiting_rules()
    return replace(rules, definition=rules.definition.model_copy(update={"credit": None}))


class JointWorld(Chronicle):
    """Two buildings, each accepted by several departments together."""

    world = staticmethod(without_credit)

    def _lateness_does_not_matter(
        self, envelope: cmd.Envelope, answer: Accepted | Rejected
    ) -> None:
        """Where departments are asked, a decision waits for them: once their time is up they count
        as having replied, also for one that was received before and is processed only then."""
        command = envelope.command
        if not (isinstance(command, cmd.Decide) and self.play.rules.step(command.step).consulted):
            super()._lateness_does_not_matter(envelope, answer)

    def _launched(self, rules: Rules) -> Play:
        """A chain at least one of whose buildings is nearly ready to be accepted."""
        known = Rules(rules.definition, OLD, CALENDARS.__getitem__)
        play = AcceptancePlay(BEGIN, rules=known, units=(B1, B2)).planned()
        for unit in ("B1", "B2")[: self.luck.randint(1, 2)]:
            play.acceptable(unit)
        return play

    def _act_on_a_step(self, late: int) -> None:
        joint = self._joint(self.play.chain)
        if not joint or self.luck.random() < 0.3:
            super()._act_on_a_step(late)
            return
        step = self.luck.choice(joint)
        if step.state is StepState.READY:
            self._act(cmd.Receive(step=step.key, materials=self._all_of(step)), late)
            self._act(cmd.Accept(step=step.key), late)
        else:
            self._act(self._jointly(self.luck.choice(VERBS), step), late)

    def _joint(self, chain: Chain) -> list[Step]:
        consulted = [s for s in chain.steps.values() if self.play.rules.step(s.key).consulted]
        return [s for s in consulted if s.state in UNDER_WAY or s.state is StepState.READY]

    def _all_of(self, step: Step) -> tuple[str, ...]:
        return tuple(one.id for one in self.play.rules.step(step.key).materials)

    def _jointly(self, verb: str, step: Step) -> Any:
        luck, today = self.luck, local_date(self.now)
        said = luck.choice((OpinionKind.AGREE,) * 4 + tuple(OpinionKind)[:3])
        particulars: dict[str, dict[str, Any]] = {
            "give_opinion": {"opinion": said, "text": luck.choice(("", "the lane is narrow"))},
            "schedule_visit": {"visit_on": today + timedelta(days=luck.randint(-1, 6))},
            "record_visit": {
                "visited_on": today - timedelta(days=luck.choice((0, 0, 0, 1, 9))),
                "officers": luck.choice((TWO_OFFICERS, TWO_OFFICERS, TWO_OFFICERS[:1], ())),
            },
            "request_rectification": {
                "items": ("the fire lane is blocked",),
                "planned_end": today + timedelta(days=luck.randint(-1, 12)),
            },
        }
        if verb == "decide":
            return self._command(verb, step)
        return COMMANDS.validate_python(
            {"type": verb, "step": step.key, **particulars.get(verb, {})}
        )

    def _somebody(self, command: Any) -> Actor:
        if isinstance(command, cmd.GiveOpinion) and self.luck.random() < 0.95:
            return actor(Role.OFFICER, self.luck.choice(("review", "water")))
        return super()._somebody(command)


def test_joint_acceptance_keeps_faith() -> None:
    run_state_machine_as_test(JointWorld, settings=PROFILE)
