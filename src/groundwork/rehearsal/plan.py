"""A script laid out in time by the pure core: every command at its moment, and what comes of it.

The engine then plays the plan. Both must come to the same events.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from groundwork.catalogue.loader import content_hash
from groundwork.domain import core
from groundwork.domain.commands import Envelope
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import Actor, Chain, ChainState, DefinitionRef, Launch, Role
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.rehearsal.moments import Diary
from groundwork.rehearsal.script import Action, Script

DISTRICT = "440784"
HOUSEKEEPER = Actor(id="housekeeper", role=Role.HOUSEKEEPER)


class Cue(NamedTuple):
    """A command and the script's action behind it."""

    envelope: Envelope
    action: Action


class Refusal(NamedTuple):
    """An action that was refused, and why. `key` is its command's, if the chain was asked."""

    action: Action
    at: datetime
    rejection: Rejection
    key: str | None = None


class Plan(NamedTuple):
    """What a script comes to under the rules.

    `until` is when the chain ended, or how far time has to go on after the last command. `unplayed`
    are actions whose moment never came.
    """

    script: Script
    rules: Rules
    launch: Launch
    cues: tuple[Cue, ...]
    events: tuple[AnyEvent, ...]
    chain: Chain
    until: datetime
    refusals: tuple[Refusal, ...]
    unplayed: tuple[Action, ...]

    @property
    def ends(self) -> bool:
        """Whether the chain comes to its end."""
        return self.chain.state is not ChainState.RUNNING


def make_plan(script: Script, rules: Rules) -> Plan:
    """Lay a script out in time. Raises Rejection when the launch itself is refused."""
    return _Rehearsal(script, rules).run()


def launch_order(script: Script, rules: Rules) -> Launch:
    """The launch with which a script begins."""
    definition, project, choices = rules.definition, script.project, script.choices
    return Launch(
        chain_id=f"{definition.id}.{project.code}",
        project_code=project.code,
        uscc=project.uscc,
        definition=DefinitionRef(
            id=definition.id, version=definition.version, hash=content_hash(definition)
        ),
        calendar_version=rules.calendar.version,
        variant=choices.variant,
        modes=choices.modes,
        phases=choices.phases,
        units=choices.units,
        housekeeper=HOUSEKEEPER.id,
        district=DISTRICT,
        key=f"launch-{project.code}",
        by=HOUSEKEEPER,
        received_at=script.start,
    )


class _Rehearsal:
    """One script on its way through time, from one event or action to the next."""

    def __init__(self, script: Script, rules: Rules) -> None:
        self.script = script
        self.rules = rules
        self.launch = launch_order(script, rules)
        self.now = script.start
        self.diary = Diary()
        self.pending = list(script.actions)
        self.cues: list[Cue] = []
        self.refusals: list[Refusal] = []
        outcome = core.launch(rules, self.launch)
        if isinstance(outcome, core.Rejected):
            raise outcome.rejection
        self.chain = outcome.chain
        self.events: list[AnyEvent] = []
        self._enter(outcome)

    def run(self) -> Plan:
        """Go through time until nothing more is to be done."""
        while self.chain.state is ChainState.RUNNING and self._advance():
            pass
        self._refuse_the_rest()
        return Plan(
            script=self.script,
            rules=self.rules,
            launch=self.launch,
            cues=tuple(self.cues),
            events=tuple(self.events),
            chain=self.chain,
            until=self.chain.finished_at or self.script.until or self.now,
            refusals=tuple(self.refusals),
            unplayed=tuple(self.pending),
        )

    def _advance(self) -> bool:
        """Do what comes next: something that happens by itself, or an action."""
        due = core.next_due(self.rules, self.chain)
        upcoming = self._next_action()
        limit = self.script.until or datetime.max.replace(tzinfo=UTC)
        if (
            due is not None
            and due.moment <= limit
            and (upcoming is None or due.moment <= upcoming[0])
        ):
            self.now = max(self.now, due.moment)
            self._enter(core.tick(self.rules, self.chain, self.now))
            return True
        if upcoming is None or upcoming[0] > limit:
            return False
        self.now = upcoming[0]
        self._act(self.pending.pop(upcoming[1]))
        return True

    def _next_action(self) -> tuple[datetime, int] | None:
        """The earliest action whose moment is known, and its place among those pending."""
        known = (
            (max(at, self.now), place)
            for place, action in enumerate(self.pending)
            if (at := self.diary.when(action.when, self.rules.calendar, action.usual_time))
        )
        return min(known, default=None)

    def _act(self, action: Action) -> None:
        command = action.command(self.chain, self.rules.definition, self.rules.calendar, self.now)
        number = len(self.cues) + 1
        envelope = Envelope(
            key=f"cue-{number:04d}", by=action.actor, received_at=self.now, command=command
        )
        self.cues.append(Cue(envelope, action))
        outcome = core.handle(self.rules, self.chain, envelope)
        if isinstance(outcome, core.Rejected):
            self.refusals.append(Refusal(action, self.now, outcome.rejection, envelope.key))
        else:
            self._enter(outcome)

    def _enter(self, outcome: core.Accepted) -> None:
        self.chain = outcome.chain
        self.events.extend(outcome.events)
        self.diary.note(outcome.events)

    def _refuse_the_rest(self) -> None:
        """What should have been done on the chain after its end cannot be done."""
        while (upcoming := self._next_action()) and self.chain.state is not ChainState.RUNNING:
            closed = Rejection(Reason.CHAIN_CLOSED, state=self.chain.state.value)
            self.refusals.append(Refusal(self.pending.pop(upcoming[1]), upcoming[0], closed))
