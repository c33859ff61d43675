"""What a saved view may say: the filters of each list, as its address takes them.

A view is the query of an address and nothing else, so that what is saved and what is sent around as
a link are the same. It is checked when it is saved: a word that a list does not know would show
everything, and nobody would notice.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

from pydantic import Field, ValidationError

from groundwork.api.errors import FieldError, Problem
from groundwork.api.fields import validation_problem
from groundwork.api.project_lists import State
from groundwork.domain.base import Day, Frozen
from groundwork.domain.definition import Text
from groundwork.domain.model import (
    AppealState,
    CommitmentState,
    DeficiencyState,
    Light,
    Role,
    WaitingOn,
)
from groundwork.store.project_list import ProjectSort

MOST_FILTERS: Final = 40

Word = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(max_length=200)]


class ListKind(StrEnum):
    """The lists of which views are kept."""

    PROJECTS = "projects"
    INBOX = "inbox"
    ESCALATIONS = "escalations"
    COMMITMENTS = "commitments"
    DEFICIENCIES = "deficiencies"


class ProjectsQuery(Frozen):
    """The filters of the list of projects, and its order."""

    search: Annotated[str | None, Field(max_length=100)] = None
    light: Light | None = None
    state: State | None = None
    definition: Word | None = None
    district: Word | None = None
    housekeeper: Word | None = None
    department: Word | None = None
    waiting_on: WaitingOn | None = None
    open_commitments: bool | None = None
    open_deficiencies: bool | None = None
    overdue: bool | None = None
    finished: bool | None = None
    sort: ProjectSort | None = None


class InboxQuery(Frozen):
    """The filters of an inbox; `department` names whose, for those who may open several."""

    department: Word | None = None
    light: Light | None = None
    waiting_on: WaitingOn | None = None
    mine: bool | None = None


class EscalationsQuery(Frozen):
    """The filters of the list of escalations."""

    open: bool | None = None
    department: Word | None = None
    level: Annotated[int | None, Field(ge=1, le=100)] = None
    chain: Id | None = None
    step: Annotated[str | None, Field(max_length=20)] = None
    recipient: Role | None = None
    appeal: AppealState | None = None
    since: Day | None = None
    until: Day | None = None


class _LedgerQuery(Frozen):
    open: bool | None = None
    department: Word | None = None
    chain: Id | None = None
    project: Word | None = None
    unit: Annotated[str | None, Field(max_length=20)] = None
    district: Word | None = None
    housekeeper: Word | None = None
    due_from: Day | None = None
    due_to: Day | None = None
    overdue: bool | None = None


class CommitmentsQuery(_LedgerQuery):
    """The filters of the ledger of commitments."""

    state: CommitmentState | None = None


class DeficienciesQuery(_LedgerQuery):
    """The filters of the ledger of deficiencies."""

    state: DeficiencyState | None = None


QUERIES: Final[MappingProxyType[ListKind, type[Frozen]]] = MappingProxyType(
    {
        ListKind.PROJECTS: ProjectsQuery,
        ListKind.INBOX: InboxQuery,
        ListKind.ESCALATIONS: EscalationsQuery,
        ListKind.COMMITMENTS: CommitmentsQuery,
        ListKind.DEFICIENCIES: DeficienciesQuery,
    }
)


def checked_query(kind: ListKind, query: str) -> str:
    """The query as it is kept: filters that the list has, by name, empty ones left out.

    Raises Problem (invalid_request).
    """
    try:
        written = parse_qsl(
            query.removeprefix("?"), errors="strict", max_num_fields=MOST_FILTERS, separator="&"
        )
    except ValueError:
        raise _refused(_UNREADABLE) from None
    filters = dict(written)
    if len(filters) < len(written):
        raise _refused(_TWICE)
    if any("\0" in value for value in filters.values()):
        raise _refused(_UNREADABLE)
    try:
        QUERIES[kind].model_validate_strings(filters)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise validation_problem(
            [one | {"loc": ("body", "query", *one["loc"])} for one in found]
        ) from None
    return urlencode(sorted(filters.items()))


def _refused(detail: Text) -> Problem:
    fields = [FieldError("body", "#/query", "query_unreadable", detail)]
    first = Text(zh=f"#/query：{detail.zh}", en=f"#/query {detail.en}")
    return Problem("invalid_request", fields=fields, count=1, first=first)


_UNREADABLE: Final = Text(
    zh="应为列表地址中问号之后的部分",
    en="must be what follows the question mark of a list's address",
)
_TWICE: Final = Text(zh="同一筛选条件只能写一次", en="names a filter twice")
