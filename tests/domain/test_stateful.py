"""Whatever people do, in whatever order and however late it arrives, the law's core keeps faith.

A machine plays random commands, fitting and unfitting ones, by people who may and who may not,
received now or some time ago, with time passing in between. What must always hold is checked as
the play goes; what must hold of its whole history is checked at the end.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pydantic import TypeAdapter

from groundwork.domain import commands as cmd
from groundwork.domain import core
from groundwork.domain import events as ev
from groundwork.domain.calendar import end_of, local_date
from groundwork.domain.clock import consumed, due
from groundwork.domain.core import Accepted, Rejected
from groundwork.domain.courts import chain_split
from groundwork.domain.definition import Mode, StopReason, Variant
from groundwork.domain.explain import Explanation, explain
from groundwork.domain.fold import evolve, fold
from groundwork.domain.forecast import forecast
from groundwork.domain.model import (
    OPEN,
    RUNNING,
    SYSTEM,
    Actor,
    Chain,
    ChainState,
    DecisionResult,
    Light,
    Role,
    Step,
    StepState,
    WaitingOn,
)
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from groundwork.domain.terms import explain_term
from groundwork.domain.views import (
    chain_light,
    chain_waiting_on,
    open_commitments,
    open_deficiencies,
    status_code,
    step_light,
    waiting_on,
)
from tests.domain.chronicles import (
    CALENDARS,
    COMMANDS,
    FITTING,
    HOWEVER_LATE,
    OLD,
    VERBS,
    WITH_REASON,
    standing,
)
from tests.domain.ladders import carded_rules
from tests.domain.newer import shifted
from tests.domain.worlds import OTHER_USCC, USCC, Play, actor, real_rules, small_rules

EVENTS: TypeAdapter[list[ev.AnyEvent]] = TypeAdapter(list[ev.AnyEvent])
HOUR = timedelta(hours=1)
BEGIN = "2026-09-07 09:00"
"""Before National Day, and near enough to the unpublished 2027."""


def ready_steps(play: Play) -> list[Step]:
    """What can be begun."""
    return [step for step in play.chain.steps.values() if step.state is StepState.READY]


class Chronicle(RuleBasedStateMachine):
    """The machine; the worlds below say by which rules it plays."""

    world = staticmethod(small_rules)

    @initialize(luck=st.randoms(use_true_random=True))
    def launch(self, luck: Random) -> None:
        self.luck = luck
        self.play = self._launched(self.world())
        self.now = self.adopted_at = self.play.now
        self.held: dict[int, Chain] = {self.play.chain.seq: self.play.chain}

    def _launched(self, rules: Rules) -> Play:
        """A chain that has come some way."""
        luck, steps = self.luck, rules.definition.steps
        phased = {s.id: tuple(p.id for p in s.phases) for s in steps if s.phases}
        phases = luck.choice(({}, phased))
        modes = {s.id: luck.choice(s.modes) for s in steps if s.id not in phases}
        play = Play(
            Rules(rules.definition, OLD, CALENDARS.__getitem__),
            BEGIN,
            variant=luck.choice(tuple(Variant)),
            phases=phases,
            modes=modes,
        )
        for _ in range(luck.randrange(len(steps))):
            if ready := ready_steps(play):
                play.settle(luck.choice(ready).key)
        return play

    # What may happen.

    @rule(hours=st.integers(1, 24 * 9), part=st.integers(0, 100))
    def time_passes(self, hours: int, part: int) -> None:
        rules, chain = self.play.rules, self.play.chain
        between = self.now + part * hours * HOUR / 100
        self.now += hours * HOUR
        at_once = core.tick(rules, chain, self.now)
        first = core.tick(rules, chain, between)
        then = core.tick(rules, first.chain, self.now)
        assert then.chain == at_once.chain
        assert first.events + then.events == at_once.events
        self._keep(at_once)
        self._rests()

    @rule(acts=st.integers(1, 4), hours=st.integers(1, 20))
    def some_people_act_until_the_day_is_over(self, acts: int, hours: int) -> None:
        for _ in range(acts):
            self.somebody_acts()
        self.time_passes(hours, 50)

    @rule()
    def somebody_acts(self) -> None:
        """Late now and then: processed hours or weeks after it was received."""
        late = self.luck.choice((0, 0, 0, 0, 1, 3, 30, 100, 400))
        chain = self.play.chain
        kinds = [self._act_on_a_step] * 4 + [self._take_a_step_on] * 3
        if self.luck.random() < 0.02 or chain.deficiencies or chain.commitments:
            kinds += [self._act_on_a_promise] * 3
        if self.luck.random() < 0.02 or chain.escalations:
            kinds += [self._answer_a_card]
        if self.luck.random() < 0.003:
            kinds = [self._end_the_chain]
        self.luck.choice(kinds)(late)

    def _act_on_a_step(self, late: int) -> None:
        luck, steps = self.luck, list(self.play.chain.steps.values())
        step = luck.choice([s for s in steps if s.state in OPEN or luck.random() < 0.03] or steps)
        fitting = FITTING.get(step.state, ("receive", "choose_mode"))
        verb = luck.choice(fitting if luck.random() < 0.95 else sorted(VERBS))
        self._act(self._command(verb, step), late)

    def _take_a_step_on(self, late: int) -> None:
        if not (ready := ready_steps(self.play)):
            return
        step = self.luck.choice(ready)
        definition = self.play.rules.step(step.key)
        may_lack = step.mode in {Mode.DEFICIENCY_TOLERANT, Mode.COMMITMENT}
        materials = [m.id for m in definition.materials if not (may_lack and m.cure)]
        self._act(cmd.Receive(step=step.key, materials=tuple(materials)), late)
        if step.mode is Mode.COMMITMENT:
            self._act(cmd.SignCommitment(step=step.key, obligations=("as the law says",)), late)
        self._act(cmd.Accept(step=step.key), late)
        if self.luck.random() < 0.5:
            self._act(self._command("decide", self.play.step(step.key)), 0)

    def _act_on_a_promise(self, late: int) -> None:
        chain, luck = self.play.chain, self.luck
        key = luck.choice([*chain.deficiencies, *chain.commitments] or ["unknown"])
        outcome = luck.choice((cmd.VerificationOutcome.FULFILLED, *cmd.VerificationOutcome))
        on_cure = (
            cmd.SubmitCure(deficiency=key),
            cmd.SubmitCure(deficiency=key, document="doc"),
            cmd.ConfirmCure(deficiency=key),
            cmd.RefuseCure(deficiency=key, reason="not signed"),
            cmd.ExtendCure(deficiency=key, reason="the office moved"),
        )
        on_commitment = cmd.VerifyCommitment(commitment=key, outcome=outcome, reason="so")
        self._act(luck.choice(on_cure) if key in chain.deficiencies else on_commitment, late)

    def _answer_a_card(self, late: int) -> None:
        key = self.luck.choice([*self.play.chain.escalations] or ["unknown"])
        answers = (
            cmd.Acknowledge(escalation=key, answer=self.luck.choice(("", "too few hands"))),
            cmd.AppealEscalation(escalation=key, reason="the system was down"),
            cmd.UpholdEscalation(escalation=key, reason="it was not"),
            cmd.AnnulEscalation(escalation=key, reason="not late at all"),
            cmd.DecideReferral(escalation=key, refer=False, reason="weighed"),
        )
        self._act(self.luck.choice(answers), late)

    @rule(which=st.sampled_from(sorted(CALENDARS)))
    def the_calendar_changes(self, which: str) -> None:
        """Now and then, as often as a typhoon or a late notice comes."""
        play, before = self.play, self.play.chain
        if self.luck.random() < 0.7:
            return
        play.now = self.now
        envelope = play.envelope(cmd.AdoptCalendar(version=which), SYSTEM)
        answer = core.handle(play.rules, before, envelope)
        if isinstance(answer, Rejected):
            assert before.state is not ChainState.RUNNING
            return
        if which == before.calendar_version:
            assert answer.events == ()
            return
        adopted = next(one for one in answer.events if isinstance(one, ev.CalendarAdopted))
        assert all(event.at == self.now for event in answer.events), "nothing past is undone"
        today = end_of(local_date(self.now))
        for term in adopted.terms:
            assert term.kind is ev.TermKind.STEP or term.moment >= today, "late at once"
        self._keep(answer)
        play.rules, self.adopted_at = play.rules.under(which), self.now
        self._rests()
        self._can_be_read()

    @rule()
    def the_definition_changes(self) -> None:
        """Now and then, as often as the city writes its promises anew."""
        play, before = self.play, self.play.chain
        if self.luck.random() < 0.7:
            return
        play.now = self.now
        number = int(play.rules.definition.version.partition(".")[0]) + 1
        newest = shifted(play.rules.definition, number)
        rules = replace(play.rules, definitions={f"hash-{number}": newest}.__getitem__)
        command = cmd.AdoptDefinition(version=newest.version, hash=f"hash-{number}")
        answer = core.handle(rules, before, play.envelope(command, SYSTEM))
        if isinstance(answer, Rejected):
            fits = answer.rejection.reason is not Reason.DEFINITION_UNFIT
            assert not fits or before.state is not ChainState.RUNNING
            return
        adopted = next(one for one in answer.events if isinstance(one, ev.DefinitionAdopted))
        assert all(event.at == self.now for event in answer.events), "nothing past is undone"
        today = end_of(local_date(self.now))
        for term in adopted.terms:
            assert term.kind is ev.TermKind.STEP or term.moment >= today, "late at once"
        self._keep(answer)
        assert set(before.escalations) <= set(answer.chain.escalations)
        assert {key.partition(".")[0] for key in answer.chain.steps} == {
            one.id for one in newest.steps
        }
        play.rules, self.adopted_at = rules.of(answer.chain), self.now
        assert play.rules.definition is newest
        self._rests()
        self._can_be_read()

    def _end_the_chain(self, late: int) -> None:
        how = self.luck.choice((cmd.WithdrawChain, cmd.TerminateChain))
        self._act(how(reason="no more money"), late)

    def _command(self, verb: str, step: Step) -> Any:
        """A command of that verb, with particulars that often fit."""
        luck, definition = self.luck, self.play.rules.step(step.key)
        materials = tuple(one.id for one in definition.materials)
        stops = definition.stops or tuple(StopReason)
        lacking = open_deficiencies(self.play.chain, step.key)
        fit = DecisionResult.PASS_WITH_TOLERANCE if lacking else DecisionResult.PASS
        planned_end = local_date(self.now) + timedelta(days=luck.randint(-1, 12))
        particulars: dict[str, dict[str, Any]] = {
            "choose_mode": {"mode": luck.choice(definition.modes)},
            "receive": {"materials": tuple(m for m in materials if luck.random() < 0.9)},
            "request_correction": {"items": ("the plan",)},
            "submit_correction": {"materials": materials},
            "stop_clock": {
                "reason": luck.choice(stops),
                "basis": "XK45",
                "planned_end": planned_end,
            },
            "replan_stop": {
                "reason": luck.choice(stops),
                "ground": "the experts are ill",
                "planned_end": planned_end,
            },
            "resume_clock": {"reason": luck.choice(stops)},
            "extend": {"amount": luck.randint(1, 11)},
            "decide": {
                "result": luck.choice((fit,) * 6 + tuple(DecisionResult)),
                "opinion": luck.choice(("", "seen")),
                "winner_uscc": luck.choice((USCC,) * 30 + (OTHER_USCC,)),
                "planning_conditions_changed": luck.random() < 0.02,
            },
            "exempt": {"ground": "nothing to assess"},
            "conclude_recheck": {"upheld": luck.random() < 0.7},
            "assign": {"assignee": luck.choice(("p-li", "p-wu", None))},
            "sign_commitment": {"obligations": ("as the law says",)},
        }
        reason = {"reason": "so"} if verb in WITH_REASON else {}
        return COMMANDS.validate_python(
            {"type": verb, "step": step.key, **reason, **particulars.get(verb, {})}
        )

    # What must hold as it happens.

    def _act(self, command: Any, late: int) -> None:
        play = self.play
        received = self.now - late * HOUR
        play.now = max(received, play.chain.launched_at)
        before, written = play.chain, play.chain.model_dump_json()
        envelope = play.envelope(command, by=self._somebody(command))
        answer = core.handle(play.rules, before, envelope)
        assert before.model_dump_json() == written, "a decision changed what it was given"
        self._lateness_does_not_matter(envelope, answer)
        if isinstance(answer, Rejected):
            for language in ("zh", "en"):
                assert "{" not in answer.rejection.sentence(language)
            return
        assert answer.events, "an accepted command leaves a trace"
        assert answer.events[-1].key == envelope.key
        self._keep(answer)
        self._keep(core.tick(play.rules, play.chain, self.now))
        self._rests()
        self._can_be_read()

    def _lateness_does_not_matter(
        self, envelope: cmd.Envelope, answer: Accepted | Rejected
    ) -> None:
        """Had the worker slept and processed it only later, the same would hold then."""
        if envelope.command.type not in HOWEVER_LATE or envelope.received_at < self.adopted_at:
            return  # what was received under another calendar is decided by that in force
        rules = self.play.rules
        woken = max(self.now, envelope.received_at) + self.luck.choice((30, 150, 400)) * HOUR
        slept = core.tick(rules, self.play.chain, woken)
        if any(isinstance(event, ev.CommitmentBreached) for event in slept.events):
            return  # nothing brings a commitment back that time has broken
        late = core.handle(rules, slept.chain, envelope)
        assert type(late) is type(answer)
        if isinstance(answer, Accepted) and isinstance(late, Accepted):
            then = core.tick(rules, answer.chain, woken).chain
            assert standing(core.tick(rules, late.chain, woken).chain) == standing(then)

    def _somebody(self, command: Any) -> Actor:
        if self.luck.random() < 0.95:
            return self.play.person_for(command)
        role = self.luck.choice(sorted(set(Role) - {Role.SYSTEM}))
        return actor(role, self.luck.choice(("desk", "review", "natural-resources", None)))

    def _keep(self, accepted: Accepted) -> None:
        self.play.chain, self.play.last = accepted.chain, accepted.events
        self.play.events.extend(accepted.events)
        self.held[accepted.chain.seq] = accepted.chain

    def _rests(self) -> None:
        """Nothing that is due is left, and letting the same moment come again changes nothing."""
        again = core.tick(self.play.rules, self.play.chain, self.now)
        assert again.events == ()
        assert again.chain is self.play.chain
        coming = core.next_due(self.play.rules, self.play.chain)
        assert coming is None or coming.moment > self.now

    def _can_be_read(self) -> None:
        chain, definition = self.play.chain, self.play.rules.definition
        assert chain_light(chain) in set(Light) - {Light.TODO}
        assert chain_waiting_on(chain, definition) in WaitingOn
        for step in chain.steps.values():
            assert step_light(step) in Light
            assert waiting_on(step) in WaitingOn
            no_case = step.state in {StepState.WAITING, StepState.READY}
            never_handed_in = step.state is StepState.TERMINATED
            assert (status_code(step) is None) == no_case or never_handed_in
            self._time_runs_forward(step)
        for deficiency in chain.deficiencies.values():
            assert not self.play.rules.step(deficiency.step).never_tolerable
            assert deficiency.cure_by >= local_date(deficiency.opened_at)

    def _time_runs_forward(self, step: Step) -> None:
        if step.clock is None or step.accepted_at is None:
            return
        calendar = self.play.rules.calendar_of(step.key)
        split = consumed(step.clock, calendar, self.now)
        assert split.department_days >= 0
        assert split.stopped_days >= 0
        term = due(step.clock, calendar)
        assert term.on >= local_date(step.accepted_at)
        assert term.ledger[-1].day == term.on
        if step.state in RUNNING:
            assert step.due_on == term.on

    # What must hold of the whole history.

    def teardown(self) -> None:
        if not hasattr(self, "play"):
            return
        events = self.play.events
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        self._every_prefix_folds_to_what_was_held(events)
        assert fold(events) == self.play.chain
        assert EVENTS.validate_json(EVENTS.dump_json(events)) == events
        carried = Chain.model_validate_json(self.play.chain.model_dump_json())
        assert carried == self.play.chain
        much_later = self.now + timedelta(days=400)
        fresh = core.tick(self.play.rules, self.play.chain, much_later)
        assert core.tick(self.play.rules, carried, much_later) == fresh
        self._can_be_explained_and_forecast()

    def _every_prefix_folds_to_what_was_held(self, events: list[ev.AnyEvent]) -> None:
        chain: Chain | None = None
        decided: Counter[tuple[str, int]] = Counter()
        for event in events:
            if isinstance(event, ev.StepDecided) and chain is not None:
                decided[event.step, chain.steps[event.step].attempt] += 1
            if isinstance(event, ev.EscalationFired) and chain is not None:
                assert chain.steps[event.step].state in RUNNING, "lights freeze while stopped"
            if isinstance(event, ev.DeficiencyOpened):
                assert not self.play.rules.step(event.step).never_tolerable
            chain = evolve(chain, event)
            if isinstance(event, ev.ChainCompleted):
                assert not open_deficiencies(chain)
                assert not open_commitments(chain)
            if event.seq in self.held:
                assert chain == self.held[event.seq]
        assert all(times == 1 for times in decided.values()), "decided twice"

    def _can_be_explained_and_forecast(self) -> None:
        rules, chain = self.play.rules, self.play.chain
        for key in chain.steps:
            explanation = explain(rules, chain, key, self.now)
            assert (explanation.due is None) != (explanation.no_date is None)
            assert Explanation.model_validate_json(explanation.model_dump_json()) == explanation
        self._terms_lead_to_their_days()
        plan = forecast(rules, chain.launch.variant, self.now, chain=chain)
        if chain.state is ChainState.RUNNING:
            assert plan.finish >= chain.launched_at.date()
        assert all(one.slack is None or one.slack >= 0 for one in plan.steps)

    def _terms_lead_to_their_days(self) -> None:
        """The reckoning of every term ends on the day that was told."""
        rules, chain = self.play.rules, self.play.chain
        answered = [one for one in chain.escalations.values() if one.answer_by is not None]
        terms = [
            *(f"deficiency:{key}" for key in chain.deficiencies),
            *(f"commitment:{key}" for key in chain.commitments),
            *(f"escalation:{one.id}" for one in answered),
            *(f"acceptance:{step.key}" for step in chain.steps.values() if step.accept_by),
        ]
        for name in terms:
            term = explain_term(rules, chain, name)
            if term.due is None:
                assert rules.calendar is not OLD or chain.adopted_calendar, name
                continue
            assert (term.due.on, term.due.moment) == (term.closes_on, term.closes), name
        for split in chain_split(rules, chain, self.now):
            assert split.applicant_days + split.other_days >= split.stopped_days


class CardedWorld(Chronicle):
    """The small world, where unanswered cards lead on and cards are appealed."""

    world = staticmethod(carded_rules)


class RealWorld(Chronicle):
    """Land to construction as it stands in the catalogue."""

    world = staticmethod(real_rules)


# The same plays every time, so that a change fails for what it does and not for its luck. A failure
# is told as it was found: what luck decides cannot be made smaller, and trying takes minutes.
PROFILE = settings(
    phases=(Phase.explicit, Phase.generate),
    max_examples=40,
    stateful_step_count=50,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_small_world_keeps_faith() -> None:
    run_state_machine_as_test(Chronicle, settings=PROFILE)


def test_the_world_of_cards_keeps_faith() -> None:
    run_state_machine_as_test(CardedWorld, settings=PROFILE)


def test_land_to_construction_keeps_faith() -> None:
    run_state_machine_as_test(RealWorld, settings=PROFILE)
