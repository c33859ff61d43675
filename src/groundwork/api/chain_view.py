"""One chain as its page needs it: the fold of its events beside the names of its definition."""

from datetime import datetime
from typing import Any, Final

from groundwork.api.languages import Language, said
from groundwork.domain.definition import (
    ChainDefinition,
    Limit,
    StatutoryLimit,
    StepDefinition,
    Text,
    Variant,
)
from groundwork.domain.model import Chain, Step
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


def steps_view(chain: Chain, definition: ChainDefinition, language: Language) -> list[Json]:
    """The steps in the definition's order, phases spread out."""
    view = _View(chain, definition, language)
    return [view.step(step) for step in chain.steps.values()]


def promises_view(chain: Chain, definition: ChainDefinition, language: Language) -> Json:
    """The chain's deficiencies, commitments and escalations, closed ones included."""
    view = _View(chain, definition, language)
    return {
        "deficiencies": [
            one.model_dump() | {"material_name": view.material_name(one.step, one.material)}
            for one in chain.deficiencies.values()
        ],
        "commitments": [one.model_dump() for one in chain.commitments.values()],
        "escalations": [
            one.model_dump() | {"name": view.rung_name(one.rung)}
            for one in chain.escalations.values()
        ],
    }


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
            "stage": self._stage(definition.stage),
            "department": self._department(definition.lead),
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
            "output": self._said(definition.output),
            **self._history(step),
        }

    def material_name(self, step_key: str, material_id: str) -> str:
        material = self._definition.step(step_key).material(material_id)
        return self._said(material.name) if material else material_id

    def rung_name(self, rung_id: str) -> str:
        names = (rung.name for rung in self._definition.ladder if rung.id == rung_id)
        return self._said(next(names, Text(zh=rung_id, en=rung_id)))

    def _history(self, step: Step) -> dict[str, datetime | Json | str | int | bool | None]:
        return {
            "attempt": step.attempt,
            "ready_at": step.ready_at,
            "received_at": step.received_at,
            "accepted_at": step.accepted_at,
            "accepted_by_silence": step.accepted_by_silence,
            "correction": step.correction.model_dump() if step.correction else None,
            "extension": step.extension.model_dump() if step.extension else None,
            "decision": step.decision.model_dump() if step.decision else None,
            "assignee": step.assignee,
        }

    def _step_name(self, key: str, definition: StepDefinition) -> str:
        name = self._said(definition.name)
        phase_id = key.partition(".")[2]
        phase = next((one for one in definition.phases if one.id == phase_id), None)
        return f"{name} · {self._said(phase.name)}" if phase else name

    def _stage(self, stage_id: str) -> Json:
        stage = self._stages.get(stage_id)
        return {"id": stage_id, "name": self._said(stage.name) if stage else stage_id}

    def _department(self, department_id: str) -> Json:
        department = self._definition.department(department_id)
        return {
            "id": department_id,
            "name": self._said(department.name),
            "short": self._said(department.short),
        }

    def _materials(self, step: Step, definition: StepDefinition) -> list[Json]:
        return [
            {
                "id": material.id,
                "name": self._said(material.name),
                "handed_in": material.id in step.materials,
                "tolerable": material.cure is not None and not definition.never_tolerable,
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
