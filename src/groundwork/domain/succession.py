"""What a chain takes over from the one before it in the same project, so that nobody types it."""

from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import Chain, DecisionResult, Step


def carried(definition: ChainDefinition, before: Chain) -> dict[str, str]:
    """The numbers of documents that come from the chain before, by material.

    A step that ran in phases has a document for each; they are joined.
    """
    found: dict[str, str] = {}
    for material in (one for step in definition.steps for one in step.materials):
        chain, _, reference = (material.output_of or "").partition("/")
        if chain != before.launch.definition.id or not reference:
            continue
        numbers = [_number(one) for one in _decided(before, reference)]
        if any(numbers):
            found[material.id] = "、".join(number for number in numbers if number)
    return found


def _decided(before: Chain, reference: str) -> list[Step]:
    """The step or phase of that name or, of a step that ran in phases, all of them."""
    if reference in before.steps:
        return [before.steps[reference]]
    return [one for key, one in before.steps.items() if key.partition(".")[0] == reference]


def _number(step: Step) -> str:
    decision = step.decision
    if decision is None or decision.result is DecisionResult.FAIL:
        return ""
    return decision.document
