"""The durable shell that every kind of chain shares.

It remembers, writes and waits; the core decides. One coroutine runs the loop: flush what happened,
end or continue as new if it is time, wait for a command or for the one alarm, let time pass. The
alarm is only a wake-up: on every wake the core recomputes what is due.
"""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.batch import RECORD, RecordBatch
from groundwork.domain.credit import FILE_CREDIT, LOOK_UP_CREDIT
from groundwork.domain.model import Chain, ChainState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from groundwork.domain.views import pending_filings
from groundwork.workflows import attributes as sa
from groundwork.workflows import board, errands, shelf
from groundwork.workflows.moving import ON_TARGET, moves_on
from groundwork.workflows.ports import (
    NOTE_FAILING,
    Carried,
    ChainInput,
    ChainOutcome,
    Failing,
    Handled,
)
from groundwork.workflows.updates import Updates

KEPT_FIRST = "kept-first"
"""The patch since which nothing is recorded before the engine keeps it."""
RECORD_TIMEOUT = timedelta(seconds=10)
"""After so long an attempt is taken for lost, as when its worker died, and made again."""
FIRST_ATTEMPT = timedelta(milliseconds=500)

PATIENT_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200),
    backoff_coefficient=2,
    maximum_interval=timedelta(seconds=2),
)
PATIENT_TIMEOUT = timedelta(seconds=30)


def refusal(rejection: Rejection) -> ApplicationError:
    """A rejection as Temporal carries it: the reason as its type, the particulars as details."""
    return ApplicationError(
        rejection.sentence("zh"), rejection.params, type=rejection.reason.value, non_retryable=True
    )


def rules_of(chain: Chain) -> Rules:
    """The rules that a chain goes by. Raises NotOnShelf."""
    return shelf.rules(chain.definition.hash, chain.calendar_version)


def _unknown(command: cmd.AnyCommand) -> Rejection:
    """Why a command cannot be judged that names what this worker does not have."""
    if isinstance(command, cmd.AdoptDefinition):
        return Rejection(Reason.UNKNOWN_DEFINITION, hash=command.hash)
    version = command.version if isinstance(command, cmd.AdoptCalendar) else ""
    return Rejection(Reason.UNKNOWN_CALENDAR, version=version)


def _forgotten(given_up: "asyncio.Task[errands.Brought]") -> None:
    """Nobody waits for it any more: that it was cancelled is no error to be logged."""
    if not given_up.cancelled():
        given_up.exception()


class _Judged(NamedTuple):
    """A command that `check` let pass, and what it leads to on that chain."""

    chain: Chain
    envelope: cmd.Envelope
    outcome: core.Accepted | cmd.Receipt


class ChainWorkflow(Updates):
    """One chain, from launch to its end. Subclasses give it a name that operators know."""

    def __init__(self, order: ChainInput) -> None:
        launch = order.launch
        self._rules = (
            rules_of(order.carried.chain)
            if order.carried
            else shelf.rules(launch.definition.hash, launch.calendar_version)
        )
        self._outbox: list[ev.AnyEvent] = []
        self._handled: dict[str, Handled] = {}
        self._judged: _Judged | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at: datetime | None = None
        self._errands: dict[str, asyncio.Task[errands.Brought]] = {}
        self._failing: dict[str, Failing] = {}
        if order.carried is not None:
            self._failing = {one.activity: one for one in order.carried.failing}
            self._chain = order.carried.chain
            self._handled = dict(order.carried.handled)
            self._outbox.extend(order.carried.outbox)
        else:
            outcome = core.launch(self._rules, launch)
            if isinstance(outcome, core.Rejected):
                raise refusal(outcome.rejection)
            self._chain = outcome.chain
            self._outbox.extend(outcome.events)
        # A launch sets the attributes along with the start; a continued run sets them afresh.
        self._shown = {} if order.carried else board.shown(self._rules, self._chain)
        self._describe()

    # What people ask besides.

    @workflow.signal(
        description="Look again: a chain of an older version moves to the current one."
    )
    def look_again(self) -> None:
        """Wake the loop; that a newer version is wanted is seen with any event."""

    @workflow.query(description="The chain as it stands, events not yet recorded included.")
    def chain(self) -> Chain:
        """The aggregate, for repair and rehearsal; people read the record."""
        return self._chain

    @workflow.signal(name=NOTE_FAILING, description="An activity keeps failing; operators look.")
    def note_failing(self, note: Failing) -> None:
        """Show operators what fails: nothing else of the chain depends on it."""
        self._failing[note.activity] = note
        self._describe()
        self._show()

    def check(self, verb: str, envelope: cmd.Envelope) -> None:
        """Judge a command without carrying it out, so that no refusal enters the history.

        The whole decision runs here: even a fault in the core becomes a clean refusal instead of a
        chain that fails for ever.
        """
        if envelope.command.type != verb:
            raise ApplicationError(f"{verb} 不接受 {envelope.command.type}", type="wrong_update")
        try:
            self._judged = _Judged(self._chain, envelope, self._judge(envelope))
        except Rejection as rejection:
            raise refusal(rejection) from None
        except shelf.NotOnShelf:
            # Where a known command is replayed this fails the task instead, until it is at hand.
            raise refusal(_unknown(envelope.command)) from None

    def carry_out(self, envelope: cmd.Envelope) -> cmd.Receipt:
        """Commit a command that `check` let pass. Never waits, so that nothing comes between."""
        try:
            outcome = self._just_judged(envelope) or self._judge(envelope, let_pass=True)
        except Rejection as rejection:
            raise refusal(rejection) from None
        if isinstance(outcome, core.Accepted):
            self._commit(outcome)
            handled = Handled(digest=envelope.digest, seq=outcome.chain.seq)
            self._handled[envelope.key] = handled
            return cmd.Receipt(seq=handled.seq)
        return outcome

    def _judge(
        self, envelope: cmd.Envelope, *, let_pass: bool = False
    ) -> core.Accepted | cmd.Receipt:
        known = self._handled.get(envelope.key)
        if known is not None:
            if known.digest != envelope.digest:
                raise Rejection(Reason.KEY_REUSED)
            return cmd.Receipt(seq=known.seq)
        outcome = core.handle(self._rules, self._chain, envelope, let_pass=let_pass)
        if isinstance(outcome, core.Rejected):
            raise outcome.rejection
        return outcome

    def _just_judged(self, envelope: cmd.Envelope) -> core.Accepted | cmd.Receipt | None:
        """What `check` found of this command a moment ago, unless the chain has changed since.

        Judging again would double its cost. A replay never checks, so it finds nothing here.
        """
        judged, self._judged = self._judged, None
        if judged is None or judged.chain is not self._chain or judged.envelope != envelope:
            return None
        return judged.outcome

    def _commit(self, outcome: core.Accepted) -> None:
        self._chain = outcome.chain
        self._outbox.extend(outcome.events)
        # `of` answers the same rules unless a calendar or a definition was adopted.
        self._rules = self._rules.of(outcome.chain)
        self._describe()

    # The loop.

    async def live(self) -> ChainOutcome:
        """Run until the chain has ended and all of it is recorded."""
        while True:
            await self._flush()
            self._show()
            self._run_errands()
            if self._is_over() and workflow.all_handlers_finished():
                return ChainOutcome(state=self._chain.state, seq=self._chain.seq)
            if self._should_continue() and workflow.all_handlers_finished():
                self._continue_as_new()
            self._set_alarm()
            await workflow.wait_condition(self._has_reason_to_wake)
            self._take_in_errands()
            self._let_time_pass()

    def now(self) -> datetime:
        """The shell's own time; a rehearsal shifts it."""
        return workflow.now()

    def next_input(self, carried: Carried) -> ChainInput:
        """The input of the run that continues this one."""
        return ChainInput(launch=self._chain.launch, carried=carried)

    def _is_over(self) -> bool:
        """Whether the chain has ended and what it put on record about credit is there."""
        ended = self._chain.state is not ChainState.RUNNING
        return ended and not pending_filings(self._chain) and not self._outbox

    def _should_continue(self) -> bool:
        return workflow.info().is_continue_as_new_suggested() or moves_on()

    def _has_reason_to_wake(self) -> bool:
        rung = self._alarm is not None and self._alarm.done()
        stirred = bool(self._outbox) or rung or moves_on()
        return stirred or any(one.done() for one in self._errands.values())

    def _let_time_pass(self) -> None:
        if self._alarm is not None and self._alarm.done():
            self._alarm = self._alarm_at = None
        passed = core.tick(self._rules, self._chain, self.now())
        if passed.events:
            self._commit(passed)

    def _set_alarm(self) -> None:
        """Wake at the next due moment. An alarm that rings too early only looks again."""
        due = core.next_due(self._rules, self._chain)
        if due is None or (self._alarm_at is not None and self._alarm_at <= due.moment):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = due.moment
        summary = board.alarm_summary(self._rules, self._chain, due)
        delay = max(due.moment - self.now(), timedelta(milliseconds=1))
        self._alarm = asyncio.create_task(workflow.sleep(delay, summary=summary))

    async def _flush(self) -> None:
        """Write the outbox to the record, however long the database is away.

        A run that is to end leaves the rest to the next: a busy chain never has an empty outbox.
        """
        while self._outbox:
            batch = RecordBatch(
                chain_id=self._chain.id, recorded_at=self.now(), events=tuple(self._outbox)
            )
            if workflow.patched(KEPT_FIRST):
                if self._should_continue() and workflow.all_handlers_finished():
                    return
                recorded = await self._record(batch, RECORD_TIMEOUT)
            else:
                recorded = await self._record_at_once(batch)
            self._outbox = [event for event in self._outbox if event.seq > recorded]
            self._recovered(RECORD)

    async def _record(self, batch: RecordBatch, patience: timedelta) -> int:
        """Write a batch once the engine keeps what led to it: see ADR 0003."""
        recorded: int = await workflow.execute_activity(
            RECORD,
            batch,
            result_type=int,
            start_to_close_timeout=patience,
            retry_policy=PATIENT_RETRY,
            summary=board.record_summary(batch.events[0].seq, batch.events[-1].seq),
        )
        return recorded

    async def _record_at_once(self, batch: RecordBatch) -> int:
        """As runs did that began before KEPT_FIRST: within the task that made the events."""
        try:
            recorded: int = await workflow.execute_local_activity(
                RECORD,
                batch,
                result_type=int,
                schedule_to_close_timeout=FIRST_ATTEMPT,
                retry_policy=RetryPolicy(maximum_attempts=1),
            )
        except FailureError:
            return await self._record(batch, PATIENT_TIMEOUT)
        return recorded

    def _continue_as_new(self) -> None:
        failing = tuple(self._failing.values())
        carried = Carried(
            chain=self._chain,
            handled=self._handled,
            failing=failing,
            outbox=tuple(self._outbox),
        )
        workflow.continue_as_new(self.next_input(carried), initial_versioning_behavior=ON_TARGET)

    # Errands: what the chain asks of the world, and waits for.

    def _run_errands(self) -> None:
        """Send for every credit look-up and record that the chain waits for, each once."""
        waiting = errands.waiting(self._chain)
        for key, errand in waiting.items():
            if key not in self._errands:
                self._errands[key] = asyncio.create_task(errand.run(key))
        # In the order of asking, in which a replay gives them up as well.
        dropped = [key for key in self._errands if key not in waiting]
        for key in dropped:
            given_up = self._errands.pop(key)
            given_up.add_done_callback(_forgotten)
            given_up.cancel()
        if not self._errands and errands.skipped(self._chain).intersection(dropped):
            self._recovered(LOOK_UP_CREDIT, FILE_CREDIT)
            self._show()

    def _take_in_errands(self) -> None:
        """Give the core what came back. What failed for good is sent for again."""
        for key in [key for key, errand in self._errands.items() if errand.done()]:
            brought = self._errands.pop(key)
            if brought.exception() is None:
                outcome = brought.result()(self._rules, self._chain)
                self._commit(outcome)
        if not self._errands:
            self._recovered(LOOK_UP_CREDIT, FILE_CREDIT)

    # What operators see.

    def _describe(self) -> None:
        failing = self._failing.values()
        workflow.set_current_details(board.details(self._rules, self._chain, failing))

    def _recovered(self, *activities: str) -> None:
        """What failed has succeeded; the loop sets the attributes."""
        if self._failing.keys() & set(activities):
            self._failing = {k: one for k, one in self._failing.items() if k not in activities}
            self._describe()

    def _show(self) -> None:
        """Set search attributes when operators would otherwise be misled: those that changed."""
        picture = board.shown(self._rules, self._chain)
        if self._failing or sa.FAILING_ACTIVITY in self._shown:
            # Only then: what ran before there was this attribute must replay alike.
            picture[sa.FAILING_ACTIVITY] = board.worst(self._failing.values())
        if not board.misleads(self._shown, picture):
            return
        now = board.changed(self._shown, picture)
        workflow.upsert_search_attributes(
            [
                key.value_set(value) if value is not None else key.value_unset()
                for key, value in now.items()
            ]
        )
        self._shown = picture
