"""Launching a chain: judged first, so that a wrong launch is told clearly and starts nothing."""

from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Response
from pydantic import Field

from groundwork.api.bodies import ShortLine
from groundwork.api.chains import find_chain
from groundwork.api.documented import WRITING, documented
from groundwork.api.errors import Problem
from groundwork.api.projects import find_project
from groundwork.api.receipts import receipt_answer, seen
from groundwork.api.shapes import ReceiptShape
from groundwork.api.shelf import Published
from groundwork.api.succession import predecessor_of
from groundwork.api.visit import ChainId, IdempotencyKey, Launcher, Visit
from groundwork.domain import core
from groundwork.domain.base import Frozen
from groundwork.domain.commands import UnitId, UnitName
from groundwork.domain.definition import Mode, Variant
from groundwork.domain.facts import UnitChoice
from groundwork.domain.model import Chain, DefinitionRef, Launch
from groundwork.domain.rules import Rules
from groundwork.domain.succession import carried
from groundwork.runtime.gateway import AlreadyLaunched, EngineSilent, case_of, title
from groundwork.store.paging import Row

router = APIRouter(prefix="/chains", tags=["chains"])

MOST_CHOICES: Final = 200

PhaseNames = Annotated[tuple[ShortLine, ...], Field(max_length=20)]


class UnitBody(Frozen):
    """A building of the project (单体), such as `B1`."""

    id: UnitId
    name: UnitName


Units = Annotated[tuple[UnitBody, ...], Field(max_length=MOST_CHOICES)]


class LaunchBody(Frozen):
    """A chain to launch: which, for which project, and what was chosen.

    `modes` are by step or phase (`L20.A`), `phases` by step; what is not chosen is handled as the
    definition says. `version` is the newest unless given. `after` names the chain that this one
    follows; a completed one of the project is found without it.
    """

    chain: ShortLine
    project: ShortLine
    version: ShortLine | None = None
    variant: Variant = Variant.STANDARD
    modes: Annotated[dict[ShortLine, Mode], Field(default_factory=dict, max_length=MOST_CHOICES)]
    phases: Annotated[
        dict[ShortLine, PhaseNames], Field(default_factory=dict, max_length=MOST_CHOICES)
    ]
    units: Units = ()
    after: Annotated[str | None, Field(max_length=200)] = None


class SuccessorBody(Frozen):
    """The chain that follows: its units, and everything else from the project and the old chain."""

    units: Units = ()


_ANSWERS: Final = {
    202: {"model": ReceiptShape, "description": "Not known, or not to be seen yet."},
    **documented(
        *WRITING,
        "project_not_found",
        "chain_not_found",
        "definition_not_found",
        "no_successor",
        "already_launched",
        "predecessor_unfinished",
        "wrong_predecessor",
        "launch_invalid",
        "mode_not_offered",
        "key_reused",
        "engine_unavailable",
    ),
}


@router.post("", status_code=201, response_model=ReceiptShape, responses=_ANSWERS)
async def launch_chain(visit: Launcher, key: IdempotencyKey, body: LaunchBody) -> Response:
    """Launch a chain for a project. Its id is the definition's and the project's code."""
    return _answer(visit, await launch(visit, key, body))


@router.post(
    "/{chain_id}/successor", status_code=201, response_model=ReceiptShape, responses=_ANSWERS
)
async def launch_successor(
    visit: Launcher, chain_id: ChainId, key: IdempotencyKey, body: SuccessorBody
) -> Response:
    """Launch the chain that follows a completed one, with nothing typed twice.

    Project, enterprise and variant are those of the completed chain, and its documents are carried
    over.
    """
    _, before = await find_chain(visit, chain_id)
    following = visit.resources.shelf.following(before.launch.definition.id)
    whole = LaunchBody(
        chain=following.definition.id,
        project=before.launch.project_code,
        variant=before.launch.variant,
        modes={},
        phases={},
        units=body.units,
        after=chain_id,
    )
    return _answer(visit, await launch(visit, key, whole))


class Prepared(NamedTuple):
    """A launch that the law lets through, before anything is started or written."""

    order: Launch
    rules: Rules
    published: Published
    project: Row
    accepted: core.Accepted


class Launched(NamedTuple):
    """What became of a launch: `seq` is its last event, None while the engine has not answered."""

    chain: str
    key: str
    seq: int | None
    projected: bool
    """Whether the record shows it already."""


async def prepare(visit: Visit, key: str, body: LaunchBody) -> Prepared:
    """The launch that is asked for, judged by the core. Raises Problem, Rejection."""
    resources = visit.resources
    project = await find_project(visit, body.project)
    published = resources.shelf.find(body.chain, body.version)
    calendar = await resources.calendar()
    definition = published.definition
    before = await predecessor_of(visit, definition, project["code"], body.after)
    order = Launch(
        chain_id=f"{definition.id}.{project['code']}",
        project_code=project["code"],
        uscc=project["uscc"],
        definition=DefinitionRef(id=definition.id, version=definition.version, hash=published.hash),
        calendar_version=calendar.version,
        variant=body.variant,
        modes=body.modes,
        phases=body.phases,
        units=tuple(UnitChoice(id=one.id, name=one.name) for one in body.units),
        predecessor=before.id if before else None,
        carried=carried(definition, before) if before else {},
        housekeeper=project["housekeeper"],
        district=project["district"],
        key=key,
        by=visit.actor,
        received_at=visit.received_at,
    )
    rules = Rules(definition, calendar)
    outcome = core.launch(rules, order)
    if isinstance(outcome, core.Rejected):
        raise outcome.rejection
    return Prepared(order, rules, published, project, outcome)


async def launch(visit: Visit, key: str, body: LaunchBody) -> Launched:
    """Launch a chain, once per key: for the API and for pages. Raises Problem, Rejection."""
    resources = visit.resources
    order, rules, published, project, accepted = await prepare(visit, key, body)
    # The engine forgets chains that ended long ago; the record does not.
    if recorded := await _launched_before(visit, order):
        return recorded
    await resources.store_rules(published, rules.calendar)
    gateway = await resources.link.gateway()
    try:
        name = title(rules.definition, case_of(project))
        pages = resources.settings.api_url
        await gateway.launch(order, rules, name, pages=pages)
    except AlreadyLaunched:
        # A moment ago, perhaps by this request's first attempt: the receipt will tell.
        return await _launched_before(visit, order) or await _launched(visit, order, None)
    except EngineSilent:
        return Launched(order.chain_id, key, None, projected=False)
    return await _launched(visit, order, accepted.chain.seq)


def _answer(visit: Visit, launched: Launched) -> Response:
    return receipt_answer(
        launched.chain,
        launched.key,
        visit.language,
        seq=launched.seq,
        projected=launched.projected,
        created=True,
    )


async def _launched(visit: Visit, order: Launch, seq: int | None) -> Launched:
    """`seq` is the launch's last event; None when another attempt may have launched the chain."""
    recorded: int | None = None

    async def look() -> bool:
        nonlocal recorded
        recorded = await visit.resources.reads.receipt(order.chain_id, order.key)
        return recorded is not None

    projected = await seen(look)
    return Launched(order.chain_id, order.key, recorded if projected else seq, projected)


async def _launched_before(visit: Visit, order: Launch) -> Launched | None:
    """The answer if the record has the chain: from this very request, or Problem from another."""
    row = await visit.resources.reads.chain(order.chain_id)
    if row is None:
        return None
    chain: Chain = row["snapshot"]
    if chain.launch.key != order.key:
        raise Problem("already_launched", chain=order.chain_id)
    if _asked(chain.launch) != _asked(order):
        raise Problem("key_reused")
    return await _launched(visit, order, None)


def _asked(order: Launch) -> dict[str, object]:
    """What a launch asks for and by whom, without what time adds to it."""
    return order.model_dump(exclude={"received_at", "calendar_version"})
