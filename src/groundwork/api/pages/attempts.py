"""Writes of pages that are no commands: done, or refused with what a form can show."""

from collections.abc import Awaitable
from typing import Any, NamedTuple

import orjson
from fastapi import Response

from groundwork.api.answers import as_problem
from groundwork.api.errors import Problem
from groundwork.domain.calendar import HorizonError
from groundwork.domain.rejections import Rejection


class Attempt(NamedTuple):
    """What became of a write: what the API's function answered, or the problem it raised."""

    content: Any = None
    problem: Problem | None = None

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.problem is None


async def attempt(write: Awaitable[Response]) -> Attempt:
    """Do what the API's function does, for a page that shows its problem beside the form."""
    try:
        response = await write
    except (Problem, Rejection, HorizonError) as error:
        return Attempt(problem=as_problem(error))
    return Attempt(orjson.loads(response.body) if response.body else None)
