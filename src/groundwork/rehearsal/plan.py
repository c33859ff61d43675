"""A script laid out in time by the pure core: every command at its moment, and what comes of it.

The engine then plays the plan. Both must come to the same events.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from groundwork.catalogue.loader import content_hash
from groundwork.domain import core
from groundwork.domain.commands import Envelope
from groundwork.domain.credit import CreditRecord
from groundwork.domain.events import AnyEvent
from groundwork.domain.model import Actor, Chain, ChainState, DefinitionRef, Launch, Role
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.rehearsal.credit import SupposedCredit
from groundwork.rehearsal.moments import Diary
from groundwork.rehearsal.script import Action, Script

DISTRICT = "440784"
HOUSEKEEPER = Actor(id="housekeeper", role=Role.HOUSEKEEPER)


class Cue(NamedTuple):
    """A command and the script's action behind it.

    `settled` is the number of the last event after it, with all that the chain asked for since.
    """

    envelope: Envelope
    action: Action
    settled: int


class Pause(NamedTuple):
    """A moment at which time alone makes the chain ask for credit, or report it.

    What comes back belongs before everything later: `before` is the number of the commands given
    by then, `settled` that of the last event once it is there.
    """

    at: datetime
    before: int
    settled: int


class Staging(NamedTuple):
    """How a script is set on a stage of its own: its launch, its people, what is on their record.

    `key` begins the key of every command.
    """

    launch: Launch
    actor: Callable[[Action], Actor]
    key: str
    records: tuple[CreditRecord, ...] = ()


class Refusal(NamedTuple):
    """An action that was refused, and why. `key` is its command's, if the chain was asked."""

    action: Action
    at: datetime
    rejection: Rejection
    key: str | None = None


class Plan(NamedTuple):
    """What a script comes to under the rules.

    `until` is when the chain ended, or how far time has to go on after the last command. `unplayed`
    are actions whose moment never came. `launched` is the number of the launch's last event.
    """

    script: Script
    rules: Rules
    launch: Launch
    launched: int
    cues: tuple[Cue, ...]
    events: tuple[AnyEvent, ...]
    chain: Chain
    until: datetime
    refusals: tuple[Refusal, ...]
    unplayed: tuple[Action, ...]
    pauses: tuple[Pause, ...] = ()

    @property
    def ends(self) -> bool:
        """Whether the chain comes to its end."""
        return self.chain.state is not ChainState.RUNNING


def make_plan(script: Script, rules: Rules, staging: Staging | None = None) -> Plan:
    """Lay a script out in time. Raises Rejection when the launch itself is refused."""
    return _Rehearsal(script, rules, staging).run()


def make_plan_onward(script: Script, rules: Rules, chain: Chain) -> Plan:
    """Lay out in time what is left of a running chain. `events` are those that follow.

    Its commands are played on a copy: the chain itself stays as it is.
    """
    return _Rehearsal(script, rules, since=chain).run()


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

    def __init__(
        self,
        script: Script,
        rules: Rules,
        staging: Staging | None = None,
        since: Chain | None = None,
    ) -> None:
        self.script = script
        self.rules = rules
        self.actor = staging.actor if staging else lambda action: action.actor
        self.key = staging.key if staging else "cue"
        self.now = script.start
        self.diary = Diary()
        self.pending = list(script.actions)
        self.cues: list[Cue] = []
        self.pauses: list[Pause] = []
        self.refusals: list[Refusal] = []
        outcome = self._begun(staging, since)
        self.chain = outcome.chain
        self.launch = self.chain.launch
        self.events: list[AnyEvent] = []
        self.credit = SupposedCredit(staging.records if staging else ())
        self._enter(outcome)
        self.launched = self.chain.seq

    def _begun(self, staging: Staging | None, since: Chain | None) -> core.Accepted:
        """The chain as it is launched, or as it stands. Raises Rejection."""
        if since is not None:
            return core.Accepted(since, ())
        launch = staging.launch if staging else launch_order(self.script, self.rules)
        outcome = core.launch(self.rules, launch)
        if isinstance(outcome, core.Rejected):
            raise outcome.rejection
        return outcome

    def run(self) -> Plan:
        """Go through time until nothing more is to be done."""
        while self.chain.state is ChainState.RUNNING and self._advance():
            pass
        self._refuse_the_rest()
        return Plan(
            script=self.script,
            rules=self.rules,
            launch=self.launch,
            launched=self.launched,
            cues=tuple(self.cues),
            events=tuple(self.events),
            chain=self.chain,
            until=self.chain.finished_at or self.script.until or self.now,
            refusals=tuple(self.refusals),
            unplayed=tuple(self.pending),
            pauses=tuple(self.pauses),
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
            if self._enter(core.tick(self.rules, self.chain, self.now)):
                self.pauses.append(Pause(self.now, len(self.cues), self.chain.seq))
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
            key=f"{self.key}-{number:04d}",
            by=self.actor(action),
            received_at=self.now,
            command=command,
        )
        outcome = core.handle(self.rules, self.chain, envelope)
        if isinstance(outcome, core.Rejected):
            self.refusals.append(Refusal(action, self.now, outcome.rejection, envelope.key))
        else:
            self._enter(outcome)
        self.cues.append(Cue(envelope, action, self.chain.seq))

    def _enter(self, outcome: core.Accepted) -> bool:
        """Take in what happened and what comes back of what the chain asks for: if anything did."""
        happened: core.Accepted | None = outcome
        while happened is not None:
            self.chain = happened.chain
            self.events.extend(happened.events)
            self.diary.note(happened.events)
            happened = self.credit.next_return(self.rules, self.chain)
        return self.chain is not outcome.chain

    def _refuse_the_rest(self) -> None:
        """What should have been done on the chain after its end cannot be done."""
        while (upcoming := self._next_action()) and self.chain.state is not ChainState.RUNNING:
            closed = Rejection(Reason.CHAIN_CLOSED, state=self.chain.state.value)
            self.refusals.append(Refusal(self.pending.pop(upcoming[1]), upcoming[0], closed))
