"""The wizard's choices: chain and variant, buildings and phases, and how each step is handled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi.responses import RedirectResponse

from groundwork.api.errors import Problem
from groundwork.api.pages.drafts import Draft, keep_draft
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.pages.launch_modes import meanings, mode_rows
from groundwork.api.pages.launch_reckoning import reckoned
from groundwork.api.pages.wizard import Wizard
from groundwork.domain.definition import ChainDefinition, Mode, Variant
from groundwork.domain.names import MODES, VARIANTS
from groundwork.domain.rejections import Rejection
from groundwork.domain.rules import Rules
from groundwork.rehearsal.script import Choices
from groundwork.store.saved_views import SavedViews

router = APIRouter(include_in_schema=False, prefix="/launch")

Launcher = Annotated[Page, Depends(Opened("launch"))]

SPARE_ROWS: Final = 3


@router.get("/chain")
async def get_chain(page: Launcher) -> Response:
    """Which chain, and which of its promises."""
    return await _show_chain(page, _draft(page))


@router.post("/chain")
async def post_chain(page: Launcher) -> Response:
    """Choose them. What was chosen for another chain means nothing for this one."""
    draft, form = _draft(page), page.form
    chosen, _, variant = form.get("chain").partition("/")
    if not chosen:
        return await _show_chain(page, draft, missing=True)
    page.resources.shelf.find(chosen)
    if chosen != draft.chain:
        draft = Draft(draft.project, chosen, units=draft.units)
    known = next((one for one in Variant if one.value == variant), Variant.STANDARD)
    return await _chosen(page, replace(draft, variant=known), "chain")


@router.get("/units")
async def get_units(page: Launcher) -> Response:
    """The buildings of the chain, or the phases of its steps."""
    return await _show_units(page, _draft(page), _draft(page).units)


@router.post("/units")
async def post_units(page: Launcher) -> Response:
    """Choose them, or show more rows or fewer."""
    draft, form = _draft(page), page.form
    ids, names = form.values.get("unit_id", []), form.values.get("unit_name", [])
    dropped = form.get("drop")
    rows = [
        (key.upper(), name)
        for number, (key, name) in enumerate(zip(ids, names, strict=False))
        if (key or name) and str(number) != dropped
    ]
    if form.get("verb") == "more" or dropped:
        return await _show_units(page, draft, rows, spare=SPARE_ROWS if not dropped else 1)
    phases = {
        name.removeprefix("phases."): tuple(form.all(name))
        for name in form.values
        if name.startswith("phases.") and form.all(name)
    }
    wanted = replace(draft, units=tuple(rows), phases=phases)
    problem = (await Wizard.of(page, wanted, whole=False)).problem
    if problem is not None:
        return await _show_units(page, wanted, rows, problem)
    return await _chosen(page, wanted, "units")


@router.get("/modes")
async def get_modes(page: Launcher) -> Response:
    """How each step is handled, and what follows from it."""
    return await _show_modes(page, _draft(page))


@router.post("/modes")
async def post_modes(page: Launcher) -> Response:
    """Choose how steps are handled."""
    draft = _draft(page)
    definition = page.resources.shelf.find(draft.chain).definition
    modes: dict[str, Mode] = {}
    for step in definition.steps:
        chosen = page.form.get(f"mode.{step.id}")
        if chosen in step.modes and chosen != step.modes[0]:
            modes[step.id] = Mode(chosen)
    wanted = replace(draft, modes=modes)
    problem = (await Wizard.of(page, wanted, whole=False)).problem
    if problem is not None:
        return await _show_modes(page, wanted, problem)
    return await _chosen(page, wanted, "modes")


def _draft(page: Page) -> Draft:
    return Draft.of(page.request.query_params.multi_items())


async def _chosen(page: Page, draft: Draft, section: str) -> Response:
    """Keep the draft with that section settled, and go back to the list of tasks."""
    draft = replace(draft, settled=draft.settled | {section})
    await keep_draft(SavedViews(page.resources.database), page.actor.id, draft)
    return RedirectResponse(draft.address("/launch"), 303)


async def _show_chain(page: Page, draft: Draft, *, missing: bool = False) -> Response:
    calendar = await page.resources.calendar()
    newest: dict[str, ChainDefinition] = {}
    for one in page.resources.shelf:
        newest[one.definition.id] = one.definition
    # A chain that follows another stands behind it.
    ordered = sorted(newest.values(), key=lambda one: one.follows is not None)
    return show(
        page,
        "launch-chain.html",
        422 if missing else 200,
        draft=draft,
        chosen=f"{draft.chain}/{draft.variant.value}" if draft.chain else "",
        chains=[_chain(page, Rules(one, calendar), draft) for one in ordered],
        variant_names=VARIANTS,
        missing=missing,
    )


def _chain(page: Page, rules: Rules, draft: Draft) -> dict[str, Any]:
    """A chain with what each variant promises: routes as published, and the forecast of today."""
    units = draft.choices.units if rules.definition.units else ()
    return {
        "definition": rules.definition,
        "variants": [
            {
                "id": variant.value,
                "view": reckoned(rules, Choices(variant=variant, units=units), page.moments.today),
            }
            for variant in Variant
        ],
    }


async def _show_units(
    page: Page,
    draft: Draft,
    rows: Any,
    problem: Problem | None = None,
    *,
    spare: int = SPARE_ROWS,
) -> Response:
    definition = page.resources.shelf.find(draft.chain).definition
    empty = [("", "")] * (spare if rows else 1 + spare)
    return show(
        page,
        "launch-units.html",
        200 if problem is None else 422,
        draft=draft,
        definition=definition,
        rows=[*rows, *empty],
        phased=[one for one in definition.steps if one.phases],
        mistakes=page.mistakes(problem),
    )


async def _show_modes(page: Page, draft: Draft, problem: Problem | None = None) -> Response:
    definition = page.resources.shelf.find(draft.chain).definition
    rules = Rules(definition, await page.resources.calendar())
    try:
        rows = mode_rows(page, rules, draft)
    except Rejection:
        # What does not fit, such as buildings still to be named, is told in its own place.
        rows = mode_rows(page, rules, Draft(draft.project, draft.chain, draft.variant))
    return show(
        page,
        "launch-modes.html",
        200 if problem is None else 422,
        draft=draft,
        definition=definition,
        rows=rows,
        chosen=_with_defaults(definition, draft.modes),
        mode_names=MODES,
        meanings=meanings(page, definition),
        mistakes=page.mistakes(problem),
    )


def _with_defaults(definition: ChainDefinition, chosen: Mapping[str, Mode]) -> dict[str, str]:
    return {one.id: chosen.get(one.id, one.modes[0]).value for one in definition.steps}
