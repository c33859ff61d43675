"""Draws up the report of a played chain from its events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Final

from groundwork.domain import events as ev
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import consumed
from groundwork.domain.courts import chain_split, step_split
from groundwork.domain.definition import LimitUnit, Rung, Text
from groundwork.domain.fold import evolve
from groundwork.domain.forecast import forecast
from groundwork.domain.model import (
    Chain,
    Deficiency,
    DeficiencyState,
    Escalation,
    Light,
    Step,
)
from groundwork.domain.views import step_light
from groundwork.rehearsal.case import (
    CaseReport,
    CommitmentReport,
    DeficiencyReport,
    EngineReport,
    Entry,
    EscalationReport,
    LightSpan,
    RefusalReport,
    StepReport,
    UnplayedReport,
)
from groundwork.rehearsal.driver import Played
from groundwork.rehearsal.moments import Diary
from groundwork.rehearsal.script import Action
from groundwork.rehearsal.wording import Wording

_SEVERITY: Final = (
    Light.TODO,
    Light.DONE,
    Light.PAUSED,
    Light.GREEN,
    Light.YELLOW,
    Light.RED,
)
_NOON: Final = time(12)
_ANSWERS: Final = (ev.EscalationAcknowledged, ev.EscalationAnnulled, ev.ReferralDecided)
_ROUTINE: Final = frozenset(
    {
        "chain_launched",
        "step_ready",
        "step_received",
        "step_accepted",
        "review_begun",
        "step_decided",
    }
)


def report_on(played: Played) -> CaseReport:
    """The report of a played chain."""
    return _Account(played).report()


class _Account:
    """One report in the making."""

    def __init__(self, played: Played) -> None:
        self.played = played
        self.rules = played.plan.rules
        self.definition = played.plan.rules.definition
        self.script = played.plan.script
        self.chain = played.chain
        self.wording = Wording(self.definition)
        self.answers: dict[str, ev.AnyEvent] = {}
        self.consequences: dict[str, str] = {}
        self.worst: defaultdict[str, Light] = defaultdict(lambda: Light.TODO)
        self.lights: defaultdict[str, list[LightSpan]] = defaultdict(list)
        self.timeline: list[Entry] = []
        self._follow()

    def _follow(self) -> None:
        """Go through the history once and note what only its course can tell."""
        chain: Chain | None = None
        for event in self.played.events:
            chain = evolve(chain, event)
            for key, step in chain.steps.items():
                self._light(key, step_light(step), event.at)
            if isinstance(event, _ANSWERS):
                self.answers[event.escalation] = event
            if isinstance(event, ev.StepReturned | ev.RecheckOrdered):
                self.consequences[event.cause] = event.type
            self.timeline.append(self._entry(event, chain))

    def _light(self, key: str, light: Light, at: datetime) -> None:
        spans = self.lights[key]
        if spans and spans[-1].light is light:
            return
        if spans:
            spans[-1] = spans[-1].model_copy(update={"until": at})
        spans.append(LightSpan(light=light, since=at))
        self.worst[key] = max(self.worst[key], light, key=_SEVERITY.index)

    def _entry(self, event: ev.AnyEvent, chain: Chain) -> Entry:
        step = self.wording.step_of(event, chain)
        return Entry(
            seq=event.seq,
            at=event.at,
            event=event.type,
            step=step,
            light=step_light(chain.steps[step]) if step else None,
            by=event.by.role,
            text=self.wording.sentence(event, chain),
            basis=event.basis,
            notable=self._is_notable(event),
        )

    def _is_notable(self, event: ev.AnyEvent) -> bool:
        if isinstance(event, ev.StepAccepted):
            return event.by_silence
        if isinstance(event, ev.EscalationFired):
            return event.light is Light.RED
        if isinstance(event, ev.StepReceived):
            return self._attempts_until(event) > 1
        return event.type not in _ROUTINE

    def _attempts_until(self, event: ev.StepReceived) -> int:
        earlier = self.played.events[: event.seq]
        return sum(isinstance(e, ev.StepReceived) and e.step == event.step for e in earlier)

    def report(self) -> CaseReport:
        """The whole of it."""
        chain, project, steps = self.chain, self.script.project, tuple(self._steps())
        expected = forecast(self.rules, chain.launch.variant, chain.launched_at)
        named = {one.id: one.name for one in self.script.milestones}
        named |= {one.id: one.name for one in self.script.spans}
        days = {step.step: step.working_days for step in steps}
        milestones = self._milestones()
        reported = self.script.reported
        return CaseReport(
            project=f"{project.name.zh} · {project.name.en}",
            project_name=project.name,
            project_code=project.code,
            account=self.script.account,
            chain=self.definition.id,
            chain_name=self.definition.name,
            version=self.definition.version,
            variant=chain.launch.variant,
            status=chain.state,
            ending=chain.ending,
            started_on=local_date(chain.launched_at),
            finished_on=local_date(chain.finished_at) if chain.finished_at else None,
            watched_until=self.played.plan.until,
            worst_light=max((s.worst_light for s in steps), key=_SEVERITY.index),
            milestones={key: local_date(at) if at else None for key, at in milestones.items()},
            calendar_days=self._spans(milestones),
            reported_days=reported.days if reported else None,
            reported_source=reported.source if reported else None,
            working_days={route.id: route.working_days for route in expected.routes},
            splits=chain_split(self.rules, chain, self.played.plan.until),
            measured_working_days={
                route.id: _total(days.get(key) for key in route.steps) for route in expected.routes
            },
            names=named | {route.id: route.name for route in expected.routes},
            steps=steps,
            escalations=tuple(self._escalation(one) for one in chain.escalations.values()),
            deficiencies=tuple(self._deficiency(one) for one in chain.deficiencies.values()),
            commitments=tuple(self._commitments()),
            refusals=tuple(self._refusals()),
            unplayed=tuple(
                UnplayedReport(line=one.line, action=_said(one))
                for one in self.played.plan.unplayed
            ),
            timeline=tuple(self.timeline),
            engine=EngineReport(
                commands=len(self.played.plan.cues),
                events=len(self.played.events),
                seconds=round(self.played.seconds, 2),
                agrees=self.played.agrees,
            ),
        )

    def _milestones(self) -> dict[str, datetime | None]:
        diary = Diary()
        diary.note(self.played.events)
        return {
            one.id: diary.when(one.when, self.rules.calendar, _NOON)
            for one in self.script.milestones
        }

    def _spans(self, milestones: dict[str, datetime | None]) -> dict[str, int | None]:
        days: dict[str, int | None] = {}
        for span in self.script.spans:
            first, last = _date(milestones[span.first]), _date(milestones[span.last])
            days[span.id] = (last - first).days if first and last else None
        return days

    def _steps(self) -> Iterator[StepReport]:
        for key, step in self.chain.steps.items():
            definition = self.rules.step(key)
            decided = step.decision.at if step.decision else None
            yield StepReport(
                step=key,
                name=self.wording.step_name(key),
                department=self.definition.department(definition.lead).short,
                mode=step.mode,
                state=step.state,
                light=step_light(step),
                worst_light=self.worst[key],
                attempts=step.attempt,
                received_on=_date(step.received_at),
                accepted_on=_date(step.accepted_at),
                accepted_by_silence=step.accepted_by_silence,
                due_on=step.due_on,
                due_provisional=step.due_provisional,
                decided_on=_date(decided),
                working_days=self._working_days(step, decided),
                stopped_days=self._stopped_days(step, decided),
                split=step_split(self.rules, self.chain, key, decided) if decided else None,
                extended_by=step.extension.amount if step.extension else 0,
                late_by=self._late_by(step, decided),
                promised=self.rules.running_limit(definition, self.chain.launch.variant),
                statutory=definition.statutory,
                lights=tuple(self.lights[key]),
            )

    def _working_days(self, step: Step, decided: datetime | None) -> int | None:
        began = step.accepted_at or step.received_at
        if began is None or decided is None:
            return None
        calendar = self.rules.calendar_of(step.key)
        if step.clock is not None and step.clock.limit.unit is LimitUnit.WORKING_DAYS:
            return consumed(step.clock, calendar, decided).department_days
        return calendar.count_working_days(local_date(began), local_date(decided))

    def _stopped_days(self, step: Step, decided: datetime | None) -> int:
        if step.clock is None or decided is None:
            return 0
        return consumed(step.clock, self.rules.calendar_of(step.key), decided).stopped_days

    def _late_by(self, step: Step, decided: datetime | None) -> int:
        if step.due_on is None or decided is None:
            return 0
        calendar = self.rules.calendar_of(step.key)
        return max(0, calendar.count_working_days(step.due_on, local_date(decided)))

    def _escalation(self, one: Escalation) -> EscalationReport:
        answer = self.answers.get(one.id)
        definition = self.rules.step(one.step)
        return EscalationReport(
            id=one.id,
            step=one.step,
            name=self.wording.step_name(one.step),
            department=self.definition.department(definition.lead).short,
            level=one.level,
            rung=one.rung,
            rung_name=self._rung(one.step, one.rung).name,
            light=one.light,
            at=one.at,
            recipients=one.recipients,
            supervision_order=one.supervision_order,
            human_decides=one.human_decides,
            state=one.state,
            answer=one.answer,
            answered_at=answer.at if answer else None,
            answered_by=answer.by.role if answer else None,
        )

    def _rung(self, step: str, rung_id: str) -> Rung:
        return next(rung for rung in self.rules.ladder(step) if rung.id == rung_id)

    def _deficiency(self, one: Deficiency) -> DeficiencyReport:
        cured_on = _date(one.submitted_at)
        lapsed = one.state is DeficiencyState.LAPSED
        return DeficiencyReport(
            id=one.id,
            step=one.step,
            material=one.material,
            material_name=self.wording.material_name(one.step, one.material),
            opened_on=local_date(one.opened_at),
            cure_by=one.cure_by,
            provisional=one.provisional,
            state=one.state,
            submitted_at=one.submitted_at,
            on_last_day=cured_on == one.cure_by,
            closed_at=one.closed_at,
            consequence=self.consequences.get(one.id) if lapsed else None,
        )

    def _commitments(self) -> Iterator[CommitmentReport]:
        for one in self.chain.commitments.values():
            yield CommitmentReport(
                id=one.id,
                step=one.step,
                obligations=one.obligations,
                signed_on=_date(one.signed_at),
                due_on=one.due_on,
                state=one.state,
                closed_on=_date(one.closed_at),
            )

    def _refusals(self) -> Iterator[RefusalReport]:
        for one in self.played.plan.refusals:
            yield RefusalReport(
                line=one.action.line,
                at=one.at,
                action=_said(one.action),
                by=one.action.by,
                reason=one.rejection.reason.value,
                text=Text(zh=one.rejection.sentence("zh"), en=one.rejection.sentence("en")),
            )

    def _unplayed(self) -> Iterator[UnplayedReport]:
        for one in self.played.plan.unplayed:
            yield UnplayedReport(line=one.line, action=_said(one))


def _date(moment: datetime | None) -> date | None:
    return local_date(moment) if moment else None


def _said(action: Action) -> str:
    return f"{action.verb} {action.subject}".strip()


def _total(days: Iterable[int | None]) -> int | None:
    known = list(days)
    return None if None in known else sum(one for one in known if one is not None)
