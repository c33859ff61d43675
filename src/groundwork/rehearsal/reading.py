"""Reads a script from YAML and explains every mistake in it, with its line and remedy.

docs/rehearsal.md describes how a script is written.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Final

from groundwork.catalogue.loader import available, get
from groundwork.catalogue.mistakes import FieldPath, Mistake, Said
from groundwork.catalogue.shape import fit, suggestion
from groundwork.catalogue.source import Document, read
from groundwork.catalogue.written import WrittenText
from groundwork.domain.calendar import local_date
from groundwork.domain.definition import ChainDefinition, Text
from groundwork.domain.facts import UnitChoice
from groundwork.domain.identifiers import Severity, check_project_code, check_uscc
from groundwork.domain.rules import step_keys
from groundwork.rehearsal.actions import ActionReader, Names
from groundwork.rehearsal.form import WrittenScript
from groundwork.rehearsal.moments import moment, parse
from groundwork.rehearsal.script import Action, Choices, Milestone, Project, Reported, Script, Span


class ScriptError(ValueError):
    """A script cannot be played. `mistakes` holds all that is wrong, the message the first."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        first, more = mistakes[0], len(mistakes) - 1
        rest = f"（另有 {more} 处 · {more} more）" if more else ""
        super().__init__(f"{first}{rest}")
        self.mistakes = mistakes


_ROW: Final = {2: ("receive", "decide"), 3: ("receive", "accept", "decide")}
"""What the entries of a row of the steps table stand for."""


def read_script(
    path: Path | str, definition: ChainDefinition | None = None
) -> tuple[Script, ChainDefinition]:
    """The script in a file and the definition it is written for, or the one given instead.

    Raises ScriptError with every mistake found, CatalogueError when the definition has mistakes.
    """
    document = read(Path(path))
    if document.data is None and document.mistakes:
        raise ScriptError(tuple(document.mistakes))
    form, misfits = fit(document, WrittenScript)
    if form is None or misfits:
        raise _error(document)
    definition = _definition(document, form, definition)
    if definition is None:
        raise _error(document)
    script = _Reader(document, form, definition).script()
    if document.mistakes or script is None:
        raise _error(document)
    return script, definition


def _error(document: Document) -> ScriptError:
    unique = dict.fromkeys(document.mistakes)
    return ScriptError(tuple(sorted(unique, key=lambda one: (one.line, one.column, one.path))))


def _definition(
    document: Document, form: WrittenScript, given: ChainDefinition | None
) -> ChainDefinition | None:
    """The definition that the script is for; what is wrong with it is reported."""
    if given is not None:
        if form.chain != given.id:
            document.report(
                ("chain",),
                Said(
                    f"剧本写的是链条 {form.chain}，要预演的是 {given.id}。",
                    f"The script is for the chain {form.chain}, not for {given.id}.",
                ),
            )
        return given
    versions = {entry.version for entry in available() if entry.id == form.chain}
    if not versions:
        wrong = Said(f"没有链条“{form.chain}”。", f'There is no chain "{form.chain}".')
        document.report(("chain",), wrong, suggestion(form.chain, {one.id for one in available()}))
        return None
    if form.version is not None and form.version not in versions:
        wrong = Said(f"没有版本 {form.version}。", f"There is no version {form.version}.")
        document.report(("version",), wrong, suggestion(form.version, versions))
        return None
    return get(form.chain, form.version)


class _Reader:
    """Turns what is written into a script, reporting what cannot be."""

    def __init__(
        self, document: Document, form: WrittenScript, definition: ChainDefinition
    ) -> None:
        self.document = document
        self.form = form
        self.definition = definition
        self.phases = {step: tuple(ids) for step, ids in form.phases.items()}
        self.units = tuple(UnitChoice(id=one, name=name) for one, name in form.units.items())
        self.start = self._moment(("start",), form.start, time(9))
        first_day = local_date(self.start) if self.start else None
        self.names = Names(definition, step_keys(definition, self.phases, form.units), first_day)
        self.actions = ActionReader(document, definition, self.names)

    def script(self) -> Script | None:
        """The script, or None when its start cannot be read."""
        form = self.form
        self._check_choices()
        self._check_project()
        until = self._moment(("until",), form.until, time(23, 59)) if form.until else None
        if until is not None:
            self.names.covers(self.document, ("until",), local_date(until))
        actions = (*self._rows(), *self._actions())
        milestones = tuple(self._milestones())
        spans = tuple(self._spans())
        if self.start is None:
            return None
        return Script(
            project=Project(
                name=_text(form.project.name), code=form.project.code, uscc=form.project.uscc
            ),
            account=_text(form.account) if form.account else None,
            choices=Choices(
                variant=form.variant,
                modes=dict(form.modes),
                phases=self.phases,
                units=self.units,
            ),
            start=self.start,
            until=until,
            actions=actions,
            milestones=milestones,
            spans=spans,
            reported=self._reported(),
        )

    def _moment(self, path: FieldPath, text: str, usual: time) -> datetime | None:
        with contextlib.suppress(ValueError):
            when = parse(text)
            if when.on is not None:
                return moment(when.on, when.at or usual)
        wrong = Said(f"“{text}”不是日期。", f'"{text}" is no date.')
        remedy = Said(
            "请写 2025-09-01 或 2025-09-01 09:00。", "Write 2025-09-01 or 2025-09-01 09:00."
        )
        self.document.report(path, wrong, remedy)
        return None

    def _check_choices(self) -> None:
        """Modes and phases that the definition does not offer."""
        for key, mode in self.form.modes.items():
            if self.names.check_step(self.document, ("modes", key), key):
                offered = self.definition.step(key).modes
                if mode not in offered:
                    self.document.report(
                        ("modes", key),
                        Said(f"环节 {key} 不提供“{mode}”。", f"{key} does not offer {mode}."),
                        suggestion(mode.value, [one.value for one in offered]),
                    )
        steps = {step.id: step for step in self.definition.steps}
        for step_id, chosen in self.form.phases.items():
            known = [phase.id for phase in steps[step_id].phases] if step_id in steps else []
            for phase in chosen:
                if phase not in known:
                    self.document.report(
                        ("phases", step_id),
                        Said(
                            f"环节 {step_id} 没有分期 {phase}。", f"{step_id} has no phase {phase}."
                        ),
                        suggestion(phase, known),
                    )

    def _check_project(self) -> None:
        project = self.form.project
        checks = {"code": check_project_code(project.code), "uscc": check_uscc(project.uscc)}
        for field, check in checks.items():
            for finding in check.findings:
                if finding.severity is Severity.ERROR:
                    said = Said(finding.message.zh, finding.message.en)
                    self.document.report(("project", field), said)

    def _rows(self) -> Iterator[Action]:
        for key, cells in self.form.steps.items():
            path: FieldPath = ("steps", key)
            if not self.names.check_step(self.document, path, key):
                continue
            for place, (verb, cell) in enumerate(zip(_ROW[len(cells)], cells, strict=True)):
                when = self.names.when(self.document, (*path, place), cell)
                if when is not None:
                    yield self.actions.plain(verb, key, when, self._line(path))

    def _actions(self) -> Iterator[Action]:
        for place, entry in enumerate(self.form.actions):
            path: FieldPath = ("actions", place)
            action = self.actions.read(path, entry, self._line(path))
            if action is not None:
                yield action

    def _line(self, path: FieldPath) -> int:
        place = self.document.keys.get(path) or self.document.values.get(path)
        return place.line if place is not None else 0

    def _milestones(self) -> Iterator[Milestone]:
        for key, written in self.form.milestones.items():
            when = self.names.when(self.document, ("milestones", key, "when"), written.when)
            if when is not None:
                yield Milestone(id=key, name=_text(written.name), when=when)

    def _spans(self) -> Iterator[Span]:
        for key, written in self.form.spans.items():
            for place, name in enumerate(written.between):
                if name not in self.form.milestones:
                    self.document.report(
                        ("spans", key, "between", place),
                        Said(f"没有里程碑“{name}”。", f'There is no milestone "{name}".'),
                        suggestion(name, self.form.milestones),
                    )
            first, last = written.between
            yield Span(id=key, name=_text(written.name), first=first, last=last)

    def _reported(self) -> Reported | None:
        written = self.form.reported
        if written is None:
            return None
        return Reported(days=written.days, source=_text(written.source))


def _text(written: WrittenText) -> Text:
    return Text(zh=written.zh, en=written.en)
