"""The catalogue as the API serves it: every definition and calendar by its name, read once.

Chains may be pinned to more than this release has: `add` takes what the store kept of others.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from groundwork.api.errors import Problem
from groundwork.api.languages import LANGUAGES, Language, said
from groundwork.catalogue.calendars import (
    calendar_versions,
    load_calendar,
    newest_calendar_version,
)
from groundwork.catalogue.loader import available, content_hash, get
from groundwork.domain.calendar import Calendar
from groundwork.domain.definition import ChainDefinition, Department, Text


class Published(NamedTuple):
    """A definition and the hash that chains pin it by."""

    hash: str
    definition: ChainDefinition


class Shelf:
    """The built-in catalogue, and `more` definitions if there are any.

    Raises CatalogueError or CalendarFileError if the catalogue is at fault.
    """

    def __init__(self, more: Iterable[ChainDefinition] = ()) -> None:
        definitions = (*(get(entry.id, entry.version) for entry in available()), *more)
        self.calendar_versions = calendar_versions()
        """The versions of the calendar, oldest first."""
        self._published = tuple(Published(content_hash(one), one) for one in definitions)
        self._by_hash = {one.hash: one.definition for one in self._published}
        self._calendars: dict[str, Calendar] = {}
        self._names: dict[Language, dict[str, str]] = {
            language: {
                name: said(text, language)
                for one in self._published
                for name, text in _names(one.definition)
            }
            for language in LANGUAGES
        }
        self._materials: dict[Language, dict[str, str]] = {
            language: {
                f"{one.definition.id}/{step.id}/{material.id}": said(material.name, language)
                for one in self._published
                for step in one.definition.steps
                for material in step.materials
            }
            for language in LANGUAGES
        }
        self._names_json = {
            language: orjson.dumps(names).decode() for language, names in self._names.items()
        }
        self._departments = {
            department.id: department
            for one in self._published
            for department in one.definition.departments
        }

    def __iter__(self) -> Iterator[Published]:
        """Every version of every chain, the oldest first."""
        return iter(self._published)

    def find(self, chain: str, version: str | None = None) -> Published:
        """A version of a chain, the newest if none is named. Raises Problem."""
        for one in reversed(self._published):
            if one.definition.id == chain and version in {None, one.definition.version}:
                return one
        known = ", ".join(f"{one.definition.id} {one.definition.version}" for one in self)
        wanted = f"{chain} {version}" if version else chain
        raise Problem("definition_not_found", definition=wanted, known=known)

    def following(self, chain: str) -> Published:
        """The newest version of the chain that comes after this one. Raises Problem."""
        for one in reversed(self._published):
            if one.definition.follows == chain:
                return one
        raise Problem("no_successor", definition=chain)

    def holds(self, content_hash: str) -> bool:
        """Whether the definition of that content is at hand."""
        return content_hash in self._by_hash

    def pinned(self, content_hash: str) -> ChainDefinition:
        """The definition of that content. Raises KeyError when it is not at hand."""
        return self._by_hash[content_hash]

    def add(self, definitions: Mapping[str, ChainDefinition]) -> None:
        """Have definitions of other releases at hand, by their content hashes."""
        self._by_hash.update(definitions)

    def names(self, language: Language) -> str:
        """All these names as one JSON object, for lists that are put together elsewhere."""
        return self._names_json[language]

    def chain_name(self, chain: str, language: Language) -> str:
        """What a chain is called in its newest version; its id if it is gone."""
        try:
            return self._names[language][chain]
        except KeyError:
            return chain

    def step_name(self, chain: str, key: str, language: Language, unit: str | None = None) -> str:
        """What a step is called in the newest version of its chain, with its phase or `unit`.

        A step that is gone goes by its key.
        """
        names = self._names[language]
        name = names.get(f"{chain}/{key}") or names.get(f"{chain}/{key.partition('.')[0]}", key)
        return f"{name} · {unit}" if unit else name

    def material_name(self, chain: str, key: str, material: str, language: Language) -> str:
        """What a step's material is called in the chain's newest version; its id if it is gone."""
        step = key.partition(".")[0]
        return self._materials[language].get(f"{chain}/{step}/{material}", material)

    def department_name(self, department: str, language: Language) -> str:
        """What a department is called for short; its id if no definition names it."""
        one = self._departments.get(department)
        return said(one.short, language) if one else department

    def rung_name(self, chain: str, rung: str, language: Language) -> str:
        """What a rung of the ladder is called; its id if it is gone."""
        try:
            return self._names[language][f"{chain}//{rung}"]
        except KeyError:
            return rung

    @property
    def departments(self) -> tuple[Department, ...]:
        """Every department that some definition names; of several spellings the newest."""
        return tuple(self._departments.values())

    def department(self, department_id: str) -> Department:
        """A department by its id. Raises Problem."""
        try:
            return self._departments[department_id]
        except KeyError:
            known = ", ".join(self._departments)
            raise Problem("department_not_found", department=department_id, known=known) from None

    def calendar(self, version: str | None = None) -> Calendar:
        """A version of the calendar, the newest if none is named. Raises Problem."""
        if version is None:
            return load_calendar(newest_calendar_version())
        if version in self.calendar_versions:
            return load_calendar(version)
        if version in self._calendars:
            return self._calendars[version]
        known = ", ".join(sorted({*self.calendar_versions, *self._calendars}))
        raise Problem("calendar_not_found", version=version, known=known)

    def holds_calendar(self, version: str) -> bool:
        """Whether the calendar of that version is at hand."""
        return version in self.calendar_versions or version in self._calendars

    def add_calendars(self, calendars: Mapping[str, Calendar]) -> None:
        """Have calendars of other releases at hand, by their versions."""
        self._calendars.update(calendars)


def _names(definition: ChainDefinition) -> Iterator[tuple[str, Text]]:
    """The names of a chain, of its steps and phases after a slash, and of its rungs after two."""
    yield definition.id, definition.name
    for step in definition.steps:
        yield f"{definition.id}/{step.id}", step.name
        for phase in step.phases:
            zh, en = f"{step.name.zh} · {phase.name.zh}", f"{step.name.en} · {phase.name.en}"
            yield f"{definition.id}/{step.id}.{phase.id}", Text(zh=zh, en=en)
    for rung in definition.rungs:
        yield f"{definition.id}//{rung.id}", rung.name
