"""A commitment (告知承诺): what was promised and until when; to sign, report and verify it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.commitment_papers import CONSEQUENCES
from groundwork.api.pages.acting import Outcome, act, back_to
from groundwork.api.pages.cases import Case, chain_address, open_case, show_case, step_address
from groundwork.api.pages.frame import Opened, Page
from groundwork.api.pages.judging import STAND_INS, Bench
from groundwork.api.visit import ChainId
from groundwork.domain.commands.promises import VerificationOutcome
from groundwork.domain.definition import BreachKind, PromiseTerms
from groundwork.domain.model import Role
from groundwork.domain.names import BREACHES, PROMISE_STATES
from groundwork.domain.rejections import Reason, Rejection

router = APIRouter(include_in_schema=False, prefix="/chains/{chain_id}/commitments/{commitment}")

Reader = Annotated[Page, Depends(Opened("read_cases"))]
CommitmentId = Annotated[str, Path(max_length=120)]

_VERBS: Final = frozenset({"sign_commitment", "submit_performance", "verify_commitment"})
_TEXT_OF_OFFER: Final = "…"


@router.get("")
async def get_commitment(page: Reader, chain_id: ChainId, commitment: CommitmentId) -> Response:
    """What was promised, and what is to be done about it now."""
    return await _show(page, await open_case(page, chain_id), commitment)


@router.post("")
async def post_commitment(page: Reader, chain_id: ChainId, commitment: CommitmentId) -> Response:
    """Sign the commitment, report it kept, or record its verification."""
    case = await open_case(page, chain_id)
    one = _find(case, commitment)
    verb = page.form.get("verb")
    verb = verb if verb in _VERBS else "sign_commitment"
    subject = {"step": one["step"]} if verb == "sign_commitment" else {"commitment": commitment}
    outcome = await act(page, chain_id, verb, **subject)
    if outcome.ok:
        return back_to(page, commitment_address(chain_id, commitment), outcome)
    return await _show(page, case, commitment, outcome)


def commitment_address(chain_id: str, commitment: str) -> str:
    """Where a commitment's page is."""
    return f"{chain_address(chain_id)}/commitments/{commitment}"


async def _show(
    page: Page, case: Case, commitment: str, outcome: Outcome | None = None
) -> Response:
    one = _find(case, commitment)
    people = await _colleagues(page, case, one["step"])
    names = await page.resources.people.names(one["officers"])
    terms = case.rules.definition.promises
    return show_case(
        case,
        "commitment.html",
        "/promises",
        200 if outcome is None else 422,
        one=one,
        step_href=step_address(case.id, one["step"]),
        term=case.term(f"commitment:{commitment}"),
        terms=terms,
        consequences=_consequences(page, terms),
        forms=await _forms(case, one),
        colleagues=people,
        officer_names=names,
        outcomes=[(kind.value, page.say(*_OUTCOMES[kind]), "") for kind in VerificationOutcome],
        breaches=[(kind.value, page.said(BREACHES[kind.value])) for kind in BreachKind],
        state_name=page.said(PROMISE_STATES[one["state"]]),
        breach_names=BREACHES,
        mistakes=page.mistakes(outcome.problem if outcome else None),
        form=page.form,
    )


def _consequences(page: Page, terms: PromiseTerms | None) -> list[tuple[str, str]]:
    """What comes of each way of breaking it."""
    if terms is None:
        return []
    return [
        (page.said(BREACHES[kind.value]), page.said(CONSEQUENCES[follows]))
        for kind, follows in terms.consequences.items()
    ]


_OUTCOMES: Final = {
    VerificationOutcome.FULFILLED: ("已履行", "kept"),
    VerificationOutcome.RECTIFY: ("限期整改（只能一次）", "to be put right, once"),
    VerificationOutcome.BREACHED: ("违诺", "broken"),
}


async def _forms(case: Case, one: Mapping[str, Any]) -> set[str]:
    """What the reader could do about the commitment now."""
    samples: dict[str, dict[str, Any]] = {
        "sign_commitment": {
            "step": one["step"],
            "obligations": [] if one["drafted_at"] else list(one["obligations"]),
            "signature": _TEXT_OF_OFFER,
        },
        "submit_performance": {"commitment": one["id"], "document": _TEXT_OF_OFFER},
        "verify_commitment": {
            "commitment": one["id"],
            "outcome": VerificationOutcome.FULFILLED,
            "officers": STAND_INS,
        },
    }
    bench = Bench(case.page, case.detail, case.chain, case.rules)
    return {verb for verb, sample in samples.items() if await bench.offers(verb, **sample)}


async def _colleagues(page: Page, case: Case, step: str) -> list[tuple[str, str, str]]:
    """Who of the department may have verified: id, name, and nothing more."""
    lead = case.rules.step(step).lead
    desks = {Role.OFFICER, Role.SECTION_HEAD, Role.DEPUTY_LEADER, Role.DIRECTOR}
    everybody = await page.resources.people.all()
    return [
        (one.id, one.name, "")
        for one in everybody
        if one.active and one.department == lead and one.role in desks
    ]


def _find(case: Case, commitment: str) -> dict[str, Any]:
    """Raises Rejection (unknown_commitment)."""
    for one in case.commitments:
        if one["id"] == commitment:
            found: dict[str, Any] = one
            return found
    raise Rejection(Reason.UNKNOWN_COMMITMENT, commitment=commitment)
