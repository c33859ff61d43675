"""A running chain's buildings and phases: add, drop, merge, each previewed first."""

from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.pages.acting import KIND_OF, act, back_to
from groundwork.api.pages.cases import Case, chain_address, open_case, show_case
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.judging import Bench
from groundwork.api.visit import ChainId
from groundwork.domain.facts import UnitState

router = APIRouter(include_in_schema=False, prefix="/chains/{chain_id}/units")

Reader = Annotated[Page, Depends(Opened("read_cases"))]

VERBS: Final = ("add_unit", "drop_unit", "merge_units")

Json = dict[str, Any]


@router.post("")
async def post_units(page: Reader, chain_id: ChainId) -> Response:
    """Preview a change of units, or carry it out."""
    case = await open_case(page, chain_id)
    verb = page.form.get("verb")
    verb = verb if verb in VERBS else VERBS[0]
    given = {"unit": page.form.get("unit").upper()}
    if page.form.get("sure") != "1":
        found = await _previewed(case, verb, given)
        if isinstance(found, Problem):
            return show_units(case, verb, found)
        return show_units(case, verb, preview=found)
    outcome = await act(page, chain_id, verb, **given)
    if outcome.ok:
        return back_to(page, f"{chain_address(chain_id)}/units", outcome)
    return show_units(case, verb, outcome.problem)


def show_units(
    case: Case, verb: str = "", problem: Problem | None = None, preview: Json | None = None
) -> Response:
    """The buildings of a chain with their gates, and forms to change them for who may."""
    page, chain = case.page, case.chain
    living = [one for one in chain.units.values() if one.state is UnitState.ACTIVE]
    phases: dict[str, list[tuple[str, str]]] = {}
    for step in case.rules.definition.steps:
        if step.id in chain.launch.phases:
            phases[step.id] = [(one.id, f"{one.id} {page.said(one.name)}") for one in step.phases]
    return show_case(
        case,
        "chain-units.html",
        "/units",
        200 if problem is None else 422,
        changes=[one for one in VERBS if page.may(one)] if case.running else [],
        living=[(one.id, f"{one.id} {one.name}") for one in living],
        phased=phases,
        kinds=_kinds(case, phases),
        verb=verb,
        preview=preview,
        mistakes=page.mistakes(problem),
        form=page.form,
    )


def _kinds(case: Case, phased: Iterable[str]) -> list[tuple[str, str]]:
    """What a change may be about: a building, or a phase of a step that runs in phases."""
    say, said = case.page.say, case.page.said
    names = [
        (key, say(f"{key} {said(case.rules.step(key).name)}的分期", f"a phase of {key}"))
        for key in phased
    ]
    return [*([("", say("单体", "a building"))] if case.chain.units else []), *names]


async def _previewed(case: Case, verb: str, given: Json) -> Json | Problem:
    """What the change would do now, judged by the core; nothing is written."""
    bench = Bench(case.page, case.detail, case.chain, case.rules)
    judged = await bench.judge(verb, case.page.form.fields(KIND_OF[verb], **given))
    return judged if isinstance(judged, Problem) else bench.told(judged)
