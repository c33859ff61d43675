"""For whom and where a drawing is made: its language, its links, what departments are called."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from groundwork.api.languages import Language, said
from groundwork.domain.definition import ChainDefinition

Href = Callable[[str], str]
"""The address of a step's page by its key; of a step with many units by the step's id."""


class Scene(NamedTuple):
    """What a drawing needs to know besides the chain."""

    language: Language
    href: Href
    departments: Mapping[str, str]


def scene(definition: ChainDefinition, language: Language, href: Href) -> Scene:
    """The scene of a chain with that definition."""
    return Scene(
        language, href, {one.id: said(one.short, language) for one in definition.departments}
    )
