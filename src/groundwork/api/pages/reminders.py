"""Reminders (催办): who has what in hand, and one reminder for each that is chosen."""

from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.ledgers import deficiency_rows
from groundwork.api.pages.acting import Outcome, send
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.forms import NONCE_FIELD, Form
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.judging import Bench
from groundwork.api.pages.lights import lit_deficiencies, step_shown
from groundwork.api.reminders import MOST
from groundwork.api.rows import with_step_names
from groundwork.api.visit import Cursor
from groundwork.domain.commands import Remind
from groundwork.domain.model import DeficiencyState, Light, Role, StepState, WaitingOn
from groundwork.domain.names import STATES, WAITING_ON
from groundwork.rehearsal.wording import Wording
from groundwork.store.paging import Row
from groundwork.store.promises import PromiseFilter
from groundwork.store.reminders import ReminderFilter

router = APIRouter(prefix="/reminders", include_in_schema=False)

Reminding = Annotated[Page, Depends(Opened("remind"))]

STEPS, DEFICIENCIES = "steps", "deficiencies"


class Picked(NamedTuple):
    """What was chosen: a step or, if one is named, a deficiency of it."""

    chain_id: str
    step: str
    deficiency: str

    @property
    def pick(self) -> str:
        """How a form says it."""
        return "|".join(part for part in self if part)

    @property
    def fields(self) -> dict[str, Any]:
        """What its command says."""
        return {"step": self.step} | ({"deficiency": self.deficiency} if self.deficiency else {})


@router.get("")
async def get_reminders(page: Reminding, cursor: Cursor = None) -> Response:
    """What somebody has in hand, the most urgent first, to choose from."""
    asked = Asked(page)
    of = DEFICIENCIES if asked["of"] == DEFICIENCIES else STEPS
    listed = _deficiencies if of == DEFICIENCIES else _steps
    rows, following = await listed(page, asked, cursor)
    return show(page, "reminders.html", of=of, asked=asked, rows=rows, next=following, most=MOST)


@router.get("/preview")
async def preview_reminders(page: Reminding) -> Response:
    """Who would be reminded of what. Nothing is sent."""
    form = Form(page.request.query_params.multi_items())
    rows = [await _judged(page, one) for one in _picked(form)]
    return show(
        page,
        "reminders-preview.html",
        rows=rows,
        possible=[row["pick"] for row in rows if row["fine"]],
        done=False,
    )


@router.post("")
async def send_reminders(page: Reminding) -> Response:
    """Remind of each that was confirmed; until they are sent, they can be taken back.

    Sent twice it is carried out once: the key of each follows from the form's number.
    """
    outcomes = [(one, await _sent(page, one)) for one in _picked(page.form)]
    rows = [await _told(page, one, outcome) for one, outcome in outcomes]
    return show(page, "reminders-preview.html", rows=rows, possible=[], done=True)


async def _steps(page: Page, asked: Asked, cursor: str | None) -> tuple[list[Row], str | None]:
    which = ReminderFilter(
        housekeeper=_mine(page, asked),
        project=asked.text("project"),
        waiting_on=asked.choice("waiting_on", WaitingOn),
        before=page.moments.today if asked.flag("overdue") else None,
    )
    found = await page.resources.reminders.steps(which, cursor=cursor, limit=MOST)
    rows = with_step_names(found.items, page.resources.shelf, page.language)
    for row in rows:
        state, light = StepState(row["state"]), Light(row["light"])
        row |= {
            "pick": Picked(row["chain_id"], row["step"], "").pick,
            "href": f"/chains/{row['chain_id']}/steps/{row['step']}",
            "name": f"{row['step']} {row['step_name']}",
            "shown": step_shown(page.moments, state, light, row["act_by"]),
            "state_name": page.said(STATES[state]),
            "whom": _whom(page, row["waiting_on"], row["department"]),
            "by": row["act_by"],
        }
    return rows, found.next


async def _deficiencies(
    page: Page, asked: Asked, cursor: str | None
) -> tuple[list[Row], str | None]:
    which = PromiseFilter(
        state=DeficiencyState.OPEN,
        housekeeper=_mine(page, asked),
        project=asked.text("project"),
        overdue=page.moments.today if asked.flag("overdue") else None,
    )
    found = await page.resources.promises.deficiencies(which, cursor=cursor, limit=MOST)
    rows = lit_deficiencies(deficiency_rows(page.visit, found.items), page.moments.today)
    for row in rows:
        row |= {
            "pick": Picked(row["chain_id"], row["step"], row["id"]).pick,
            "href": f"/chains/{row['chain_id']}/deficiencies/{row['id']}",
            "name": row["material_name"],
            "shown": {"sign": row["light"], "word": page.moments.left(row["cure_by"])},
            "state_name": row["step_name"],
            "whom": _whom(page, WaitingOn.APPLICANT, row["department"]),
            "by": row["cure_by"],
        }
    return rows, found.next


def _mine(page: Page, asked: Asked) -> str | None:
    """The reader, if they want to see their own projects alone: what a housekeeper does first."""
    everybody = page.actor.role is not Role.HOUSEKEEPER or asked.flag("everybody")
    return None if everybody else page.actor.id


def _whom(page: Page, waiting_on: str, department: str) -> str:
    if waiting_on == WaitingOn.DEPARTMENT:
        return page.resources.shelf.department_name(department, page.language)
    return page.said(WAITING_ON[waiting_on])


def _picked(form: Form) -> list[Picked]:
    """What was chosen, each once."""
    parts = (pick.split("|") for pick in list(dict.fromkeys(form.all("pick")))[:MOST])
    return [Picked(*(*one, "", "")[:3]) for one in parts]


async def _judged(page: Page, one: Picked) -> Row:
    """A row of the preview: whom a reminder would reach, or why none would be sent."""
    try:
        bench = await Bench.of(page, one.chain_id)
    except Problem as problem:
        return _row(page, one, problem)
    judged = await bench.judge("remind", one.fields)
    if isinstance(judged, Problem):
        return _row(page, one, judged, bench)
    (reminded,) = (event for event in judged.events if event.type == "step_reminded")
    department = bench.rules.step(one.step).lead
    return _row(page, one, None, bench) | {"whom": _whom(page, reminded.whom, department)}


async def _sent(page: Page, one: Picked) -> Outcome:
    """Send one reminder, under a key of its own."""
    form = Form([(NONCE_FIELD, page.form.get(NONCE_FIELD)), ("pick", one.pick)])
    return await send(page, one.chain_id, Remind, form, one.fields)


async def _told(page: Page, one: Picked, outcome: Outcome) -> Row:
    """A row of the result."""
    try:
        bench = await Bench.of(page, one.chain_id)
    except Problem:
        return _row(page, one, outcome.problem)
    return _row(page, one, outcome.problem, bench) | {"held": outcome.held_until}


def _row(page: Page, one: Picked, problem: Problem | None, bench: Bench | None = None) -> Row:
    why = problem.body(page.language, page.visit.request_id)["detail"] if problem else ""
    return {
        "pick": one.pick,
        "name": _name(page, one, bench) if bench else one.deficiency or one.step,
        "project": str(bench.row["project_name"]) if bench else "",
        "fine": problem is None,
        "why": why,
        "whom": "",
        "held": None,
    }


def _name(page: Page, one: Picked, bench: Bench) -> str:
    if one.step not in bench.chain.steps:
        return one.deficiency or one.step
    wording = Wording(bench.rules.definition)
    named = f"{one.step} {page.said(wording.step_name(one.step, bench.chain))}"
    deficiency = bench.chain.deficiencies.get(one.deficiency)
    if deficiency is None:
        return named
    material = bench.rules.step(one.step).material(deficiency.material)
    return f"{page.said(material.name) if material else deficiency.material} · {named}"
