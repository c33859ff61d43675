"""Every page of the product and who looks at it: for pictures, and for what holds everywhere."""

from pathlib import Path

import yaml

from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text
from tests.browser.addresses import CODE, HALLS, LACKING, LAND, LETTER, NOT_LAUNCHED

_FILE = Path(__file__).with_name("places.yaml")
_KNOWN = {
    "HALLS": HALLS,
    "LACKING": LACKING,
    "LAND": LAND,
    "LETTER": LETTER,
    "CODE": CODE,
    "NOT_LAUNCHED": NOT_LAUNCHED,
}


class Spot(Frozen):
    """A page: what its pictures are called, its address, and what it answers in five seconds.

    `who` of the cast looks at it; empty: anybody.
    """

    name: str
    path: str
    title: Text
    answers: Text
    who: str = "housekeeper"


def _spots() -> tuple[Spot, ...]:
    written = yaml.safe_load(_FILE.read_text())
    return tuple(Spot(**one | {"path": one["path"].format_map(_KNOWN)}) for one in written)


SPOTS = _spots()
