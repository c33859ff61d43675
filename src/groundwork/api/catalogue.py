"""The catalogue: definitions of chains, the departments they name, the working-day calendar."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from groundwork.api.answers import answer, tagged
from groundwork.api.documented import SIGNED_IN, UNCHANGED, documented
from groundwork.api.shapes import (
    DefinitionHead,
    DepartmentShape,
    Listed,
)
from groundwork.api.visit import CatalogueReader
from groundwork.domain.definition import ChainDefinition

router = APIRouter(tags=["catalogue"])

Name = Annotated[str, Path(max_length=60)]


@router.get("/catalogue", response_model=Listed[DefinitionHead], responses=documented(*SIGNED_IN))
async def list_definitions(visit: CatalogueReader) -> Response:
    """Every version of every chain in this release, the oldest first."""
    items = [
        {
            "id": one.definition.id,
            "name": visit.said(one.definition.name),
            "version": one.definition.version,
            "hash": one.hash,
            "workflow_type": one.definition.workflow_type,
            "steps": len(one.definition.steps),
        }
        for one in visit.resources.shelf
    ]
    return answer({"items": items, "next": None})


@router.get(
    "/catalogue/{chain}",
    response_model=ChainDefinition,
    responses=UNCHANGED | documented(*SIGNED_IN, "definition_not_found"),
)
async def get_definition(
    request: Request,
    visit: CatalogueReader,
    chain: Name,
    version: Annotated[
        str | None, Query(max_length=60, description="The newest unless given.")
    ] = None,
) -> Response:
    """A whole definition, in both languages. Its `ETag` is the hash that chains pin."""
    published = visit.resources.shelf.find(chain, version)
    return tagged(request, published.hash, published.definition)


@router.get(
    "/departments", response_model=Listed[DepartmentShape], responses=documented(*SIGNED_IN)
)
async def list_departments(visit: CatalogueReader) -> Response:
    """Every department that some chain names."""
    items = [
        {"id": one.id, "name": visit.said(one.name), "short": visit.said(one.short)}
        for one in visit.resources.shelf.departments
    ]
    return answer({"items": items, "next": None})
