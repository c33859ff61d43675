"""Definitions of chains: their versions, and letting running chains go by a newer one.

First the page says what would change on each chain, then it is confirmed, then it shows how far
the version has spread.
"""

from collections import defaultdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response

from groundwork.api.errors import Problem
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.attempts import attempt
from groundwork.api.pages.calendar_impact import PATIENCE_SECONDS, name_all, told
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.people import wrong
from groundwork.api.rollout_view import rollout_view
from groundwork.api.shelf import Published
from groundwork.api.upgrade_shapes import UpgradeBody
from groundwork.api.upgrades import named, upgrade_chains, upgrade_impact_of
from groundwork.domain.definition import Text
from groundwork.domain.fitness import version_key

router = APIRouter(include_in_schema=False, prefix="/definitions")

Manager = Annotated[Page, Depends(Opened("manage_definitions"))]

UNDER_WAY: Final = frozenset({"running", "waiting"})
_UNCONFIRMED: Final = Text(zh="请先勾选，确认已看过影响", en="must be ticked: you saw the impact")


@router.get("")
async def get_definitions(page: Manager) -> Response:
    """Every version of every chain, how many running chains go by it, and how far it spread."""
    running = await page.resources.upgrades.running()
    by_kind: defaultdict[str, list[Published]] = defaultdict(list)
    for one in page.resources.shelf:
        by_kind[one.definition.id].append(one)
    kinds = [await _kind(page, kind, versions, running) for kind, versions in by_kind.items()]
    return show(page, "definitions.html", kinds=kinds)


async def _kind(
    page: Page, kind: str, versions: list[Published], running: dict[tuple[str, str], int]
) -> dict[str, Any]:
    """One chain: its versions, the newest first, those of other releases after them."""
    newest = versions[-1].definition
    rows = [await _version(page, one, newest.version, running) for one in reversed(versions)]
    known = {one.definition.version for one in versions}
    foreign = [number for of, number in running if of == kind and number not in known]
    older = version_key(newest.version)
    return {
        "id": kind,
        "name": page.said(newest.name),
        "newest": newest.version,
        "left": sum(
            chains
            for (of, number), chains in running.items()
            if of == kind and version_key(number) < older
        ),
        "versions": rows,
        "foreign": [(number, running[kind, number]) for number in sorted(foreign, key=version_key)],
    }


async def _version(
    page: Page, published: Published, newest: str, running: dict[tuple[str, str], int]
) -> dict[str, Any]:
    definition = published.definition
    found = await page.resources.upgrades.find(named(published))
    rollout = {"state": found.state, "failures": ()} if found else None
    return {
        "version": definition.version,
        "newest": definition.version == newest,
        "steps": len(definition.steps),
        "chains": running.get((definition.id, definition.version), 0),
        "rollout": rollout,
        "state": told(page, rollout),
    }


@router.get("/{chain}/{version}")
async def get_upgrade(page: Manager, chain: str, version: str) -> Response:
    """What the version would change on running chains, or how far it has spread."""
    return await _page(page, chain, version)


@router.post("/{chain}/{version}/upgrade")
async def upgrade(page: Manager, chain: str, version: str) -> Response:
    """Let running chains of older versions go by this one."""
    done = await attempt(_upgrade(page, chain, version))
    if done.problem is not None:
        return await _page(page, chain, version, done.problem)
    return back_to(page, f"/definitions/{chain}/{version}?begun=1", "said:rolled_out")


async def _upgrade(page: Page, chain: str, version: str) -> Response:
    if not page.form.get("confirmed"):
        raise wrong("confirmed", "missing", _UNCONFIRMED)
    body = UpgradeBody(version=version)
    return await upgrade_chains(page.visit, page.form.key, chain, body)


async def _page(page: Page, chain: str, version: str, problem: Problem | None = None) -> Response:
    published = page.resources.shelf.find(chain, version)
    rollout = await rollout_view(page.resources.upgrades, named(published), None, 50)
    # Between the confirmation and the first note of the workflow nothing is to be confirmed again.
    begun = rollout["state"] is None and bool(page.request.query_params.get("begun"))
    under_way = begun or rollout["state"] in UNDER_WAY
    impact = None
    if rollout["left"] and not under_way:
        afresh = bool(page.request.query_params.get("afresh"))
        impact = await upgrade_impact_of(page.visit, published, PATIENCE_SECONDS, afresh=afresh)
        _name(page, impact)
    shown = [one["chain"] for one in (*impact["chains"], *impact["unfit"])] if impact else []
    shown += [one["chain_id"] for one in rollout["failures"]]
    reckoning = impact is not None and impact["state"] != "ready"
    return show(
        page,
        "definition-upgrade.html",
        200 if problem is None else problem.status_code,
        kind=chain,
        name=page.said(published.definition.name),
        version=version,
        impact=impact,
        rollout=rollout,
        begun=begun,
        rollout_state=told(page, rollout),
        names=await page.resources.projects.names(shown),
        refresh=(reckoning or under_way) and problem is None,
        mistakes=page.mistakes(problem),
        form=page.form,
    )


def _name(page: Page, impact: dict[str, Any]) -> None:
    """Give everything in an impact the name that people know it by."""
    name_all(page, impact)
    shelf, kind = page.resources.shelf, impact["version"].partition("@")[0]
    for chain in impact["chains"]:
        for steps in ("added", "removed"):
            chain[f"{steps}_steps"] = [
                f"{key} {shelf.step_name(kind, key, page.language)}" for key in chain[steps]
            ]
