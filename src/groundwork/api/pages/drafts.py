"""A launch in the making: every choice stands in the address, so a link carries it anywhere.

What somebody has chosen is also kept under the project's code beside their saved views, and offered
to them until the chain is launched.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, Self
from urllib.parse import parse_qsl, urlencode

from pydantic import ValidationError

from groundwork.api.launches import LaunchBody, UnitBody
from groundwork.api.pages.forms import invalid
from groundwork.domain.definition import Mode, Variant
from groundwork.rehearsal.script import Choices
from groundwork.store.errors import TooManyViews, ViewExists
from groundwork.store.saved_views import SavedViews

DRAFTS: Final = "launches"
"""The name under which drafts lie among saved views; it is no list of `ListKind`."""
MOST_PAIRS: Final = 600
SECTIONS: Final = frozenset({"chain", "units", "modes"})


@dataclass(frozen=True)
class Draft:
    """What was chosen so far. `settled` names the sections that somebody has saved."""

    project: str = ""
    chain: str = ""
    variant: Variant = Variant.STANDARD
    units: tuple[tuple[str, str], ...] = ()
    phases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    modes: Mapping[str, Mode] = field(default_factory=dict)
    settled: frozenset[str] = frozenset()
    start: date | None = None

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> Self:
        """The draft that the pairs of an address say; words that mean nothing are passed over."""
        pairs = [(name, value.replace("\0", "")) for name, value in items][:MOST_PAIRS]
        last = dict(pairs)
        several = {name: [v for n, v in pairs if n == name and v] for name in _SEVERAL}
        return cls(
            project=last.get("project", "").strip()[:60],
            chain=last.get("chain", "")[:60],
            variant=_member(Variant, last.get("variant", "")) or Variant.STANDARD,
            units=tuple(_halves(one) for one in several["unit"]),
            phases={
                step: tuple(part for part in parts.split(".") if part)
                for step, parts in map(_halves, several["phases"])
            },
            modes={
                step: mode
                for step, name in map(_halves, several["mode"])
                if (mode := _member(Mode, name))
            },
            settled=SECTIONS & set(last.get("settled", "").split(".")),
            start=_day(last.get("start", "")),
        )

    @classmethod
    def read(cls, query: str) -> Self:
        """The draft that stands in the query of an address."""
        return cls.of(parse_qsl(query, max_num_fields=MOST_PAIRS))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices as they stand in an address; nothing is said twice or without need."""
        said = [
            ("project", self.project),
            ("chain", self.chain),
            ("variant", "" if self.variant is Variant.STANDARD else self.variant.value),
            *(("unit", f"{key}:{name}") for key, name in self.units),
            *(("phases", f"{step}:{'.'.join(parts)}") for step, parts in self.phases.items()),
            *(("mode", f"{step}:{mode.value}") for step, mode in self.modes.items()),
            ("settled", ".".join(sorted(self.settled))),
            ("start", self.start.isoformat() if self.start else ""),
        ]
        return [(name, value) for name, value in said if value]

    def address(self, path: str, **changes: Any) -> str:
        """An address that carries the draft, with some of it changed."""
        pairs = (replace(self, **changes) if changes else self).pairs
        return f"{path}?{urlencode(pairs)}" if pairs else path

    @property
    def body(self) -> LaunchBody:
        """What the API would be sent. Raises Problem (invalid_request)."""
        try:
            return LaunchBody.model_validate(
                {
                    "chain": self.chain,
                    "project": self.project,
                    "variant": self.variant,
                    "modes": self.modes,
                    "phases": self.phases,
                    "units": [{"id": key, "name": name} for key, name in self.units],
                }
            )
        except ValidationError as error:
            raise invalid(error) from None

    @property
    def choices(self) -> Choices:
        """The same for a forecast or a rehearsal. Raises Problem (invalid_request)."""
        try:
            units = [UnitBody(id=key, name=name).model_dump() for key, name in self.units]
        except ValidationError as error:
            raise invalid(error) from None
        return Choices.model_validate(
            {
                "variant": self.variant,
                "modes": self.modes,
                "phases": self.phases,
                "units": units,
            }
        )


async def keep_draft(views: SavedViews, person: str, draft: Draft) -> None:
    """Keep a draft under its project's code, in place of what was kept there before."""
    if not draft.project:
        return
    query = urlencode(replace(draft, start=None).pairs)
    kept = await views.of(person, DRAFTS)
    mine = next((one for one in kept if one["name"] == draft.project), None)
    if mine is not None:
        await views.change(person, mine["id"], query=query)
        return
    try:
        await views.add(person, DRAFTS, draft.project, query)
    except ViewExists:
        return  # another tab was quicker; the next choice is kept again
    except TooManyViews:
        await views.remove(person, kept[0]["id"])
        await views.add(person, DRAFTS, draft.project, query)


async def drop_draft(views: SavedViews, person: str, project: str) -> None:
    """Forget what was kept for a project: it is launched, or given up."""
    for one in await views.of(person, DRAFTS):
        if one["name"] == project:
            await views.remove(person, one["id"])


_SEVERAL: Final = ("unit", "phases", "mode")


def _halves(text: str) -> tuple[str, str]:
    key, _, value = text.partition(":")
    return key.strip()[:60], value.strip()[:200]


def _member(kind: Any, value: str) -> Any:
    return next((one for one in kind if one.value == value), None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
