"""The page of a step: what is asked of the reader, the form for it, and everything behind it."""

from http import HTTPStatus
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import RedirectResponse

from groundwork.api.errors import Problem
from groundwork.api.pages.acting import KIND_OF, act, back_to
from groundwork.api.pages.forms import Form
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.inbox import step_path
from groundwork.api.pages.judging import Bench
from groundwork.api.pages.navigation import inbox_address
from groundwork.api.pages.step_fields import Field
from groundwork.api.pages.step_forms import fields_of
from groundwork.api.pages.step_probes import WORTH_KNOWING, StepCase, Tries, try_all
from groundwork.api.pages.step_verbs import (
    EXPLAINED,
    GRAVE,
    PLAIN,
    RARE,
    VERBS,
    awaited_verb,
    verb_name,
)
from groundwork.api.pages.step_view import facts_of
from groundwork.api.visit import ChainId
from groundwork.domain import core
from groundwork.domain.explain import explain
from groundwork.domain.model import Role
from groundwork.domain.names import ROLES
from groundwork.domain.policy import PERMITTED
from groundwork.store.people import Person

Reading = Annotated[Page, Depends(Opened("read_cases"))]
Key = Annotated[str, Path(max_length=40)]

router = APIRouter(prefix="/chains/{chain_id}/steps/{key}", include_in_schema=False)


class Offer(NamedTuple):
    """A command that the reader can give now."""

    verb: str
    name: str
    href: str


class Shown(NamedTuple):
    """The form on top: a command with its fields, as filled in so far."""

    verb: str
    name: str
    explained: str
    fields: list[Field]
    grave: bool
    previewable: bool


@router.get("")
async def get_step(page: Reading, chain_id: ChainId, key: Key) -> Response:
    """The page of a step; `do` names the form that is on top."""
    return await _answer(page, chain_id, key, page.request.query_params.get("do"))


@router.get("/why")
async def get_why(page: Reading, chain_id: ChainId, key: Key) -> Response:
    """Why the step is due when it is, day by day, to read or to print."""
    bench = await Bench.of(page, chain_id)
    return show(page, "step-why.html", **await facts_of(bench, key))


@router.get("/print/{paper}")
async def print_paper(page: Reading, chain_id: ChainId, key: Key, paper: str) -> Response:
    """The correction notice or the decision, to print and sign. Raises Problem (not_found)."""
    bench = await Bench.of(page, chain_id)
    facts = await facts_of(bench, key)
    if paper not in {"correction", "decision"} or not facts["step"][paper]:
        raise Problem("not_found")
    return show(page, "step-paper.html", **facts, paper=paper)


@router.get("/{verb}")
async def return_to_form(chain_id: ChainId, key: Key, verb: str) -> Response:
    """Where a form was sent to: who comes back there finds the form again."""
    known = verb if verb in VERBS else None
    return RedirectResponse(step_path(chain_id, key, known), 303)


@router.post("/{verb}")
async def do_step(page: Reading, chain_id: ChainId, key: Key, verb: str) -> Response:
    """Preview a command on the step, or give it; refused, the form is shown again as it was."""
    if verb not in VERBS:
        raise Problem("not_found")
    intent, given = page.form.get("intent"), _given(page.form, verb, key)
    if intent == "preview" or (verb in GRAVE and intent != "confirm"):
        return await _answer(page, chain_id, key, verb, preview=given)
    outcome = await act(page, chain_id, verb, **given)
    if outcome.problem is not None:
        return await _answer(page, chain_id, key, verb, problem=outcome.problem)
    return back_to(page, step_path(chain_id, key), outcome)


def _given(form: Form, verb: str, key: str) -> dict[str, Any]:
    """The fields that the page knows; nobody in charge is a choice, too."""
    nobody = verb == "assign" and not form.get("assignee")
    return {"step": key} | ({"assignee": None} if nobody else {})


async def _answer(
    page: Page,
    chain_id: str,
    key: str,
    wanted: str | None,
    *,
    preview: dict[str, Any] | None = None,
    problem: Problem | None = None,
) -> Response:
    """The page of a step, with what a form just led to."""
    bench = await Bench.of(page, chain_id)
    facts = await facts_of(bench, key)
    colleagues = await _colleagues(page, facts["definition"].lead)
    case = StepCase(bench, key, colleagues, facts["ready"])
    tries = await try_all(case)
    offers = [_offer(page, chain_id, key, verb) for verb in VERBS if tries[verb].possible]
    verb = _chosen(offers, facts["step"], wanted, typed=bool(page.form.values))
    told = None
    if preview is not None and verb is not None:
        told, problem = await _preview(bench, key, verb, preview)
    held = [one for one in page.held if one.chain_id == chain_id and one.step == key]
    return show(
        page,
        "step.html",
        _status(problem),
        **facts,
        step_address=step_path(chain_id, key),
        inbox=inbox_address(facts["definition"].lead),
        offers=[one for one in offers if one.verb not in RARE],
        rare=[one for one in offers if one.verb in RARE],
        refused=_refused(page, case, tries),
        form=_shown(case, tries[verb]) if verb else None,
        told=told,
        held_here=[verb_name(one.verb, page.language) for one in held if not one.refusal],
        mistakes=page.mistakes(problem),
        awaited=_awaited(page, facts["step"]["state"]),
        other_desk=page.actor.department is not None
        and page.actor.department != facts["definition"].lead,
    )


def _awaited(page: Page, state: str) -> tuple[str, str] | None:
    """What the step waits for and who may do it, where the reader's role may not."""
    verb = awaited_verb(state)
    if verb is None or page.may(verb):
        return None
    between = page.say("、", ", ")
    names = [page.said(ROLES[role]) for role in Role if role in PERMITTED[verb]]
    return verb_name(verb, page.language), between.join(names)


def _status(problem: Problem | None) -> int:
    """422 for a form that is shown again, whatever the law said; what is away stays away."""
    if problem is None:
        return HTTPStatus.OK
    return max(problem.status_code, HTTPStatus.UNPROCESSABLE_ENTITY)


def _offer(page: Page, chain_id: str, key: str, verb: str) -> Offer:
    return Offer(verb, verb_name(verb, page.language), step_path(chain_id, key, verb))


def _chosen(
    offers: list[Offer], step: dict[str, Any], wanted: str | None, *, typed: bool
) -> str | None:
    """The form to show: the one asked for, else what the step waits for, else the first.

    What somebody filled in is shown even if it is no longer possible.
    """
    possible = [one.verb for one in offers]
    if wanted in possible or (typed and wanted in VERBS):
        return wanted
    awaited = awaited_verb(step["state"])
    if step["applicant_owned"] and "decide" in possible:
        return "decide"
    if awaited in possible:
        return awaited
    return next((one for one in possible if one not in RARE), None)


def _shown(case: StepCase, tries: Tries) -> Shown:
    page, verb = case.bench.page, tries.verb
    typed = page.form if page.form.values else None
    explained = EXPLAINED.get(verb)
    return Shown(
        verb,
        verb_name(verb, page.language),
        page.said(explained) if explained else "",
        fields_of(case, tries, typed),
        verb in GRAVE,
        verb not in PLAIN,
    )


async def _preview(
    bench: Bench, key: str, verb: str, given: dict[str, Any]
) -> tuple[dict[str, Any] | None, Problem | None]:
    """What the form would do to the step and to others, or why nothing."""
    fields = bench.page.form.fields(KIND_OF[verb], **given)
    judged = await bench.judge(verb, fields)
    if isinstance(judged, Problem):
        return None, judged
    return bench.told(judged) | {"due": _moved(bench, key, judged)}, None


def _moved(bench: Bench, key: str, after: core.Accepted) -> dict[str, Any] | None:
    """The due date before and after, where it moves."""
    before = explain(bench.rules, bench.chain, key).due
    later = explain(bench.rules, after.chain, key).due
    if later is None or (before is not None and before.on == later.on):
        return None
    return {"before": before.on if before else None, "after": later}


def _refused(page: Page, case: StepCase, tries: dict[str, Tries]) -> list[tuple[str, str]]:
    """What cannot be done although it is the time for it, and why."""
    found = []
    for verb, one in tries.items():
        why = one.refusal
        if why is None or why.code not in WORTH_KNOWING:
            continue
        if why.code == "already_corrected" and case.step.accepted_at is not None:
            continue
        body = why.body(page.language, page.visit.request_id)
        found.append((verb_name(verb, page.language), body["detail"]))
    return found


async def _colleagues(page: Page, department: str) -> list[Person]:
    """Who may be put in charge of the step or was on site, if the reader may say so."""
    if not (page.may("assign") or page.may("record_visit")):
        return []
    people = await page.resources.people.all()
    return [one for one in people if one.active and one.department == department]
