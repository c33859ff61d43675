"""The shapes of definitions that running chains go over to."""

from typing import Annotated

from pydantic import Field

from groundwork.api.calendar_shapes import ChainImpactShape, Reckoning
from groundwork.api.shapes import Shape
from groundwork.domain.base import Frozen
from groundwork.domain.model import DefinitionRef


class UpgradeBody(Frozen):
    """Which version running chains are to go by; the newest unless given."""

    version: Annotated[str | None, Field(max_length=60)] = None


class UpgradeShape(Shape):
    """The definition that is rolled out."""

    definition: DefinitionRef


class UpgradeImpactShape(ChainImpactShape):
    """What the version would do to one chain: besides its terms, its steps and running clocks."""

    added: list[str]
    removed: list[str]
    limits: list[str]


class UnfitShape(Shape):
    """A chain that the version does not fit, and everything that stands in the way."""

    chain: str
    obstacles: str


class ChainUpgradeShape(Shape):
    """What the version would do to a chain that now goes by `version`, or why it does not fit."""

    chain: str
    version: str
    to: DefinitionRef
    fits: bool
    obstacles: str | None
    impact: UpgradeImpactShape | None


class UpgradePreviewShape(Reckoning):
    """What the version would do to all running chains of older ones.

    `unfit` tells the first chains that stay on their own version, `unfit_count` counts them.
    """

    chains: list[UpgradeImpactShape]
    unfit: list[UnfitShape]
    unfit_count: int
