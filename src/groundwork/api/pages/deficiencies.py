"""A deficiency (容缺): the missing material and its day; to hand it in, confirm or refuse it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.pages.acting import Outcome, act, back_to
from groundwork.api.pages.bag_files import bag_files, upload_limits
from groundwork.api.pages.cases import (
    Case,
    chain_address,
    documents_address,
    open_case,
    show_case,
    step_address,
)
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.judging import Bench
from groundwork.api.visit import ChainId
from groundwork.domain.names import PROMISE_STATES
from groundwork.domain.rejections import Reason, Rejection

router = APIRouter(include_in_schema=False, prefix="/chains/{chain_id}/deficiencies/{deficiency}")

Reader = Annotated[Page, Depends(Opened("read_cases"))]
DeficiencyId = Annotated[str, Path(max_length=120)]

_SAMPLES: Final[dict[str, dict[str, str]]] = {
    "submit_cure": {"document": "…"},
    "confirm_cure": {},
    "refuse_cure": {"reason": "…"},
    "extend_cure": {"reason": "…"},
}


@router.get("")
async def get_deficiency(page: Reader, chain_id: ChainId, deficiency: DeficiencyId) -> Response:
    """What is missing, and what is to be done about it now."""
    return await _show(page, await open_case(page, chain_id), deficiency)


@router.post("")
async def post_deficiency(page: Reader, chain_id: ChainId, deficiency: DeficiencyId) -> Response:
    """Hand the material in, confirm it, send it back, or give it more time."""
    case = await open_case(page, chain_id)
    _find(case, deficiency)
    verb = page.form.get("verb")
    verb = verb if verb in _SAMPLES else "submit_cure"
    outcome = await act(page, chain_id, verb, deficiency=deficiency)
    if outcome.ok:
        return back_to(page, deficiency_address(chain_id, deficiency), outcome)
    return await _show(page, case, deficiency, outcome)


def deficiency_address(chain_id: str, deficiency: str) -> str:
    """Where a deficiency's page is."""
    return f"{chain_address(chain_id)}/deficiencies/{deficiency}"


async def _show(
    page: Page, case: Case, deficiency: str, outcome: Outcome | None = None
) -> Response:
    one = _find(case, deficiency)
    bench = Bench(page, case.detail, case.chain, case.rules)
    forms = {
        verb
        for verb, sample in _SAMPLES.items()
        if await bench.offers(verb, deficiency=deficiency, **sample)
    }
    _, files = await bag_files(page, case.chain, case.rules, one["step"])
    return show_case(
        case,
        "deficiency.html",
        "/promises",
        200 if outcome is None else 422,
        one=one,
        step_href=step_address(case.id, one["step"]),
        term=case.term(f"deficiency:{deficiency}"),
        forms=forms,
        files=files.get(one["material"], []),
        filing=f"material:{case.rules.definition.id}/{one['material']}",
        upload_to=documents_address(case.chain.launch.project_code, case.rules.definition.id),
        limits=upload_limits(page),
        state_name=page.said(PROMISE_STATES[one["state"]]),
        mistakes=page.mistakes(outcome.problem if outcome else None),
        form=page.form,
    )


def _find(case: Case, deficiency: str) -> dict[str, Any]:
    """Raises Rejection (unknown_deficiency)."""
    for one in case.deficiencies:
        if one["id"] == deficiency:
            found: dict[str, Any] = one
            return found
    raise Rejection(Reason.UNKNOWN_DEFICIENCY, deficiency=deficiency)
