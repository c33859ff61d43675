"""One chain as its page needs it: the fold of its events beside the names of its definition."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from groundwork.api.languages import Language, said
from groundwork.api.papers import address, commitment_papers, tolerance_paper
from groundwork.api.unit_view import consultation_view, department_view
from groundwork.domain.calendar import local_date
from groundwork.domain.clock import Split
from groundwork.domain.courts import chain_split, step_split
from groundwork.domain.definition import (
    ChainDefinition,
    Limit,
    StatutoryLimit,
    StepDefinition,
    Text,
    Variant,
)
from groundwork.domain.model import Chain, Step, StepState
from groundwork.domain.rules import Rules
from groundwork.domain.views import status_code, step_light, waiting_on

Json = dict[str, Any]

_PAIR: Final = {"zh", "en"}


def in_language(value: Any, language: Language) -> Any:
    """Dumped models with every pair of texts replaced by the one in that language."""
    if isinstance(value, dict):
        if value.keys() == _PAIR:
            return value[language]
        return {name: in_language(item, language) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [in_language(item, language) for item in value]
    return value


def steps_view(rules: Rules, chain: Chain, at: datetime, language: Language) -> list[Json]:
    """The steps in the definition's order, phases and units spread out; `at` that moment."""
    view = _View(chain, rules.definition, language)
    return [
        view.step(step) | {"split": _dumped(step_split(rules, chain, step.key, at))}
        for step in _in_order(rules, chain)
    ]


def step_view(rules: Rules, chain: Chain, key: str, language: Language) -> Json:
    """One step as `steps_view` has it, without whose time it took. Raises KeyError."""
    return _View(chain, rules.definition, language).step(chain.steps[key])


def _in_order(rules: Rules, chain: Chain) -> list[Step]:
    """A chain's steps by place in the definition and by key: a stored chain has lost its order."""
    place = {step.id: number for number, step in enumerate(rules.definition.steps)}
    steps = chain.steps.values()
    return sorted(steps, key=lambda step: (place[step.key.partition(".")[0]], step.key))


def splits_view(rules: Rules, chain: Chain, at: datetime) -> list[Json]:
    """Whose time the steps took, added up by unit."""
    return [split.model_dump() for split in chain_split(rules, chain, at)]


def _dumped(split: Split | None) -> Json | None:
    return None if split is None else split.model_dump()


def promises_view(chain: Chain, definition: ChainDefinition, language: Language) -> Json:
    """The chain's deficiencies, commitments and escalations, closed ones included."""
    view = _View(chain, definition, language)
    return {
        "deficiencies": [
            one.model_dump()
            | {
                "material_name": view.material_name(one.step, one.material),
                "step_name": view.name_of(one.step),
                "paper": tolerance_paper(chain.id, one.id),
            }
            for one in chain.deficiencies.values()
        ],
        "commitments": [
            one.model_dump(exclude={"publish_before"})
            | {
                "step_name": view.name_of(one.step),
                "publish_on": _last_day(one.publish_before),
                "rectified": one.rectified,
            }
            | commitment_papers(
                chain.id,
                one.id,
                drafted=one.drafted_at is not None,
                rectified=one.rectified,
            )
            for one in chain.commitments.values()
        ],
        "escalations": [
            one.model_dump() | {"name": view.rung_name(one.step, one.rung)}
            for one in chain.escalations.values()
        ],
    }


def _resumed_by_itself(step: Step) -> bool:
    """Whether the clock runs again because nobody ended the last stop: a thing to look at."""
    stops = step.clock.stops if step.clock and step.state is StepState.RESUMED else ()
    last = max(stops, key=lambda stop: stop.ends, default=None)
    return last is not None and last.ended_by_itself


def _last_day(before: datetime | None) -> date | None:
    """The last day before a moment that is too late."""
    return local_date(before - timedelta.resolution) if before else None


class _View:
    def __init__(self, chain: Chain, definition: ChainDefinition, language: Language) -> None:
        self._chain = chain
        self._definition = definition
        self._language = language
        self._stages = {stage.id: stage for stage in definition.stages}
        self._variant: Variant = chain.launch.variant

    def step(self, step: Step) -> Json:
        definition = self._definition.step(step.key)
        return {
            "key": step.key,
            "name": self._step_name(step.key, definition),
            "unit": step.key.partition(".")[2] if definition.per_unit else None,
            "stage": self._stage(definition.stage),
            "department": department_view(self._definition, definition.lead, self._language),
            "consulted": [
                department_view(self._definition, one, self._language)
                for one in definition.consulted
            ],
            "state": step.state,
            "status_code": status_code(step),
            "light": step_light(step),
            "level": step.level,
            "waiting_on": waiting_on(step, applicant_owned=definition.applicant_owned),
            "applicant_owned": definition.applicant_owned,
            "mode": step.mode,
            "modes": definition.modes,
            "after": [edge.step for edge in definition.after if self._variant in edge.variants],
            "due_on": step.due_on,
            "due_provisional": step.due_provisional,
            "accept_by": step.accept_by,
            "promised": self._limit(definition.promised.get(self._variant)),
            "statutory": [self._statutory(limit) for limit in definition.statutory],
            "materials": self._materials(step, definition),
            "stops": definition.stops,
            "clock_stopped_for": self._stopped_for(step),
            "resumed_by_itself": _resumed_by_itself(step),
            "output": self._said(definition.output),
            **self._history(step),
        }

    def name_of(self, step_key: str) -> str:
        return self._step_name(step_key, self._definition.step(step_key))

    def material_name(self, step_key: str, material_id: str) -> str:
        material = self._definition.step(step_key).material(material_id)
        return self._said(material.name) if material else material_id

    def rung_name(self, step_key: str, rung_id: str) -> str:
        ladder = self._definition.ladder_of(step_key)
        names = (rung.name for rung in ladder if rung.id == rung_id)
        return self._said(next(names, Text(zh=rung_id, en=rung_id)))

    def _history(self, step: Step) -> dict[str, datetime | Json | str | int | bool | None]:
        return {
            "attempt": step.attempt,
            "ready_at": step.ready_at,
            "received_at": step.received_at,
            "accepted_at": step.accepted_at,
            "accepted_by_silence": step.accepted_by_silence,
            "consultation": consultation_view(step, self._definition, self._language),
            "site_rectification": self._site_rectification(step),
            "correction": step.correction.model_dump() if step.correction else None,
            "extension": step.extension.model_dump() if step.extension else None,
            "decision": step.decision.model_dump() if step.decision else None,
            "assignee": step.assignee,
        }

    def _site_rectification(self, step: Step) -> Json | None:
        if step.site_rectification is None:
            return None
        paper = address("rectification", self._chain.id, step.key)
        return step.site_rectification.model_dump() | {"paper": paper}

    def _step_name(self, key: str, definition: StepDefinition) -> str:
        name = self._said(definition.name)
        part = key.partition(".")[2]
        if definition.per_unit and part in self._chain.units:
            return f"{name} · {self._chain.units[part].name}"
        phase = next((one for one in definition.phases if one.id == part), None)
        return f"{name} · {self._said(phase.name)}" if phase else name

    def _stage(self, stage_id: str) -> Json:
        stage = self._stages.get(stage_id)
        return {"id": stage_id, "name": self._said(stage.name) if stage else stage_id}

    def _materials(self, step: Step, definition: StepDefinition) -> list[Json]:
        return [
            {
                "id": material.id,
                "name": self._said(material.name),
                "handed_in": material.id in step.materials,
                "promised": material.id in step.promised,
                "tolerable": material.cure is not None and not definition.never_tolerable,
                "document": self._chain.launch.carried.get(material.id),
            }
            for material in definition.materials
        ]

    def _limit(self, limit: Limit | None) -> Json | None:
        return None if limit is None else in_language(limit.model_dump(), self._language)

    def _statutory(self, limit: StatutoryLimit) -> Json:
        return {
            **in_language(limit.model_dump(), self._language),
            "binds_whole_step": limit.binds_whole_step,
        }

    def _stopped_for(self, step: Step) -> list[str]:
        return [stop.reason for stop in step.clock.open_stops] if step.clock else []

    def _said(self, text: Text) -> str:
        return said(text, self._language)
