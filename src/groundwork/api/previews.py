"""What a command would do, judged on the record as it stands now. Nothing is ever written."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from groundwork.api.answers import answer
from groundwork.api.chains import find_chain
from groundwork.api.commands import KINDS, body_of, verb_of
from groundwork.api.documented import LAW, SIGNED_IN, documented
from groundwork.api.standing import require_named
from groundwork.api.unit_shapes import PreviewShape
from groundwork.api.visit import ChainId, May, Visit
from groundwork.api.words import event_name
from groundwork.domain import core
from groundwork.domain.base import Frozen
from groundwork.domain.commands import Envelope
from groundwork.domain.definition import ChainDefinition, Text
from groundwork.domain.events import AnyEvent
from groundwork.domain.fold import evolve
from groundwork.domain.model import Chain
from groundwork.domain.names import PROMISE_STATES, STATES, UNIT_STATES
from groundwork.domain.rules import Rules
from groundwork.rehearsal.wording import Wording

Json = dict[str, Any]

router = APIRouter(prefix="/chains/{chain_id}", tags=["commands"])

_OPEN = Text(zh="打开", en="open")
_SHUT = Text(zh="关闭", en="closed")


def _endpoint(kind: type[Frozen]) -> Callable[..., Coroutine[Any, Any, Response]]:
    verb, body = verb_of(kind), body_of(kind)

    async def endpoint(visit: Any, chain_id: ChainId, content: Any) -> Response:
        envelope = Envelope.model_validate(
            {
                "key": f"preview-{visit.request_id}"[:120],
                "by": visit.actor,
                "received_at": visit.received_at,
                "command": content.model_dump() | {"type": verb},
            }
        )
        return await _preview(visit, chain_id, envelope)

    endpoint.__name__ = f"preview_{verb}"
    endpoint.__doc__ = f"What this would do now; nothing is written. {kind.__doc__}"
    endpoint.__annotations__["visit"] = Annotated[Visit, Depends(May(verb, command=True))]
    endpoint.__annotations__["content"] = body
    return endpoint


for _kind in KINDS:
    router.add_api_route(
        f"/previews/{verb_of(_kind)}",
        _endpoint(_kind),
        methods=["POST"],
        response_model=PreviewShape,
        responses=documented(
            *SIGNED_IN,
            "body_too_large",
            *LAW,
            "chain_not_found",
            "date_out_of_range",
            "assignee_unfit",
            "officers_unfit",
        ),
    )


async def _preview(visit: Visit, chain_id: str, envelope: Envelope) -> Response:
    _, chain = await find_chain(visit, chain_id)
    await require_named(visit, chain_id, envelope.command, envelope.by)
    rules = await visit.resources.rules(chain)
    outcome = core.handle(rules, chain, envelope)
    if isinstance(outcome, core.Rejected):
        raise outcome.rejection
    return answer(
        {"chain": chain_id, "verb": envelope.command.type} | told(visit, rules, chain, outcome)
    )


def told(visit: Visit, rules: Rules, chain: Chain, outcome: core.Accepted) -> Json:
    """What a command that was tried on a chain would do: its events, and the states that differ."""
    words = Wording(rules.definition)
    return {
        "events": list(_events(visit, chain, outcome.events, words)),
        "changes": list(_changes(visit, chain, outcome.chain, words)),
    }


def _events(
    visit: Visit, chain: Chain, events: tuple[AnyEvent, ...], words: Wording
) -> Iterator[Json]:
    for event in events:
        chain = evolve(chain, event)
        yield {
            "type": event.type,
            "name": visit.said(event_name(event.type)),
            "sentence": visit.said(words.sentence(event, chain)),
            "step": words.step_of(event, chain),
            "by_itself": event.key is None,
        }


def _changes(visit: Visit, before: Chain, after: Chain, words: Wording) -> Iterator[Json]:
    """What differs: by kind, in the chain's own order."""

    def step_name(key: str) -> str:
        return visit.said(words.step_name(key, after))

    def of(kind: str, states: Mapping[str, Text], *parts: Mapping[str, Any]) -> Iterator[Json]:
        old, new = parts
        for key, part in new.items():
            was = old[key].state if key in old else None
            if was != part.state:
                yield {
                    "kind": kind,
                    "id": key,
                    "name": _name_of(part, step_name),
                    "before": visit.said(states[was]) if was else None,
                    "after": visit.said(states[part.state]),
                }

    yield from of("unit", UNIT_STATES, before.units, after.units)
    yield from of("step", STATES, before.steps, after.steps)
    yield from of("deficiency", PROMISE_STATES, before.deficiencies, after.deficiencies)
    yield from of("commitment", PROMISE_STATES, before.commitments, after.commitments)
    yield from _gates(visit, before, after, words.definition)


def _name_of(part: Any, step_name: Callable[[str], str]) -> str:
    """A unit has a name; a step is called by its key, a promise by its step."""
    if hasattr(part, "name"):
        return str(part.name)
    return step_name(part.step if hasattr(part, "step") else part.key)


def _gates(
    visit: Visit, before: Chain, after: Chain, definition: ChainDefinition
) -> Iterator[Json]:
    for unit in after.units.values():
        old = before.units.get(unit.id)
        stood = old.open_gates if old else frozenset[str]()
        for gate in definition.gates:
            was, now = gate.id in stood, gate.id in unit.open_gates
            if was is not now:
                yield {
                    "kind": "gate",
                    "id": f"{gate.id}.{unit.id}",
                    "name": f"{visit.said(gate.name)} · {unit.name}",
                    "before": visit.said(_OPEN if was else _SHUT),
                    "after": visit.said(_OPEN if now else _SHUT),
                }
