"""One command for many steps: judged row by row, confirmed, carried out; nothing silently lost."""

from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Path, Response

from groundwork.api.errors import Problem
from groundwork.api.pages.acting import KIND_OF, Outcome, send
from groundwork.api.pages.forms import NONCE_FIELD, Form
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.inbox import PER_PAGE, inbox_path, step_path
from groundwork.api.pages.judging import Bench, Judged
from groundwork.api.pages.step_verbs import BULK, verb_name
from groundwork.api.recent import require_recent
from groundwork.api.work import require_own
from groundwork.rehearsal.wording import Wording

MOST: Final = PER_PAGE
"""Steps that can be chosen at once: as many as an inbox shows on a page."""

Row = dict[str, Any]
Reading = Annotated[Page, Depends(Opened("read_cases"))]
Department = Annotated[str, Path(max_length=60)]

router = APIRouter(prefix="/inbox/{department}/bulk", include_in_schema=False)


class Picked(NamedTuple):
    """A step that was chosen, as it was sent and as it is found."""

    pick: str
    chain_id: str
    key: str


@router.get("")
async def preview_bulk(page: Reading, department: Department) -> Response:
    """What would happen to each step that was chosen. Nothing is written."""
    query = page.request.query_params
    form = Form(query.multi_items())
    verb = _verb(form)
    page.resources.shelf.department(department)
    require_own(page.visit, department)
    ready = verb != "assign" or bool(form.get("assignee"))
    rows = [await _judged(page, verb, one, form, ready) for one in _picked(form)]
    people = await _people(page, department) if verb == "assign" else []
    return show(
        page,
        "bulk.html",
        department=page.resources.shelf.department(department),
        verb=verb,
        verb_name=verb_name(verb, page.language),
        rows=rows,
        possible=[row["pick"] for row in rows if row["fine"]],
        ready=ready,
        people=people,
        asked=form,
        back=inbox_path(department),
    )


@router.post("")
async def carry_out_bulk(page: Reading, department: Department) -> Response:
    """Do it to every step that was confirmed, each on its own, and say what became of each.

    Sent twice it is carried out once: each step's key follows from the form's number.
    """
    form, verb = page.form, _verb(page.form)
    require_own(page.visit, department)
    await require_recent(page.visit)
    done = [(one, await _carried(page, verb, one)) for one in _picked(form)]
    return show(
        page,
        "bulk-done.html",
        department=page.resources.shelf.department(department),
        verb_name=verb_name(verb, page.language),
        rows=[await _told(page, one, outcome) for one, outcome in done],
        carried=sum(outcome.ok for _, outcome in done),
        back=inbox_path(department),
    )


def _verb(form: Form) -> str:
    verb = form.get("verb")
    if verb not in BULK:
        raise Problem("not_found")
    return verb


def _picked(form: Form) -> list[Picked]:
    """The steps that were chosen, each once."""
    found = dict.fromkeys(form.all("pick"))
    parts = (pick.partition("|") for pick in list(found)[:MOST])
    return [Picked(f"{chain}|{key}", chain, key) for chain, _, key in parts]


def _fields(verb: str, one: Picked, form: Form, otherwise: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"step": one.key}
    if verb == "assign":
        fields |= {"assignee": form.get("assignee"), "reason": form.get("reason") or otherwise}
    return fields


async def _judged(page: Page, verb: str, one: Picked, form: Form, ready: bool) -> Row:
    """A row of the preview: what would happen to a step, or why nothing would."""
    try:
        bench = await Bench.of(page, one.chain_id)
    except Problem as problem:
        return _row(one, one.key, "", problem, page)
    name = _name(bench, one.key)
    project = str(bench.row["project_name"])
    if not ready:
        return _row(one, name, project, None, page) | {"fine": False, "open": True}
    judged: Judged = await bench.judge(verb, _fields(verb, one, form, _reason(page)))
    if isinstance(judged, Problem):
        return _row(one, name, project, judged, page)
    told = bench.told(judged)["events"]
    due = judged.chain.steps[one.key].due_on if verb == "accept" else None
    return _row(one, name, project, None, page) | {
        "events": [event["name"] for event in told if event["step"] == one.key],
        "due": due,
    }


def _row(one: Picked, name: str, project: str, problem: Problem | None, page: Page) -> Row:
    why = problem.body(page.language, page.visit.request_id)["detail"] if problem else ""
    return {
        "pick": one.pick,
        "name": name,
        "project": project,
        "href": step_path(one.chain_id, one.key),
        "fine": problem is None,
        "why": why,
        "events": [],
        "due": None,
        "open": False,
    }


def _name(bench: Bench, key: str) -> str:
    if key not in bench.chain.steps:
        return key
    named = Wording(bench.rules.definition).step_name(key, bench.chain)
    return f"{key} {bench.page.said(named)}"


async def _carried(page: Page, verb: str, one: Picked) -> Outcome:
    """Send one command, under a key of its own."""
    form = Form(
        [
            (NONCE_FIELD, page.form.get(NONCE_FIELD)),
            ("chain", one.chain_id),
            *_fields(verb, one, page.form, _reason(page)).items(),
        ]
    )
    return await send(page, one.chain_id, KIND_OF[verb], form, {"step": one.key})


async def _told(page: Page, one: Picked, outcome: Outcome) -> Row:
    """A row of the result."""
    try:
        bench = await Bench.of(page, one.chain_id)
    except Problem:
        return _row(one, one.key, "", outcome.problem, page) | {"pending": outcome.pending}
    row = _row(one, _name(bench, one.key), bench.row["project_name"], outcome.problem, page)
    return row | {"pending": outcome.pending}


def _reason(page: Page) -> str:
    return page.say("批量分办", "Assigned together")


async def _people(page: Page, department: str) -> list[tuple[str, str]]:
    return [
        (one.id, one.name)
        for one in await page.resources.people.all()
        if one.active and one.department == department
    ]
