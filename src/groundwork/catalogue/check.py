"""Checks a catalogue file and explains every mistake in it, with its line and remedy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from groundwork.catalogue import resolve
from groundwork.catalogue.mistakes import FieldPath, Mistake, Said
from groundwork.catalogue.rules import check_chain
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.rules.rungs import check_ladder
from groundwork.catalogue.shape import fit, suggestion
from groundwork.catalogue.source import Document, read
from groundwork.catalogue.written import WrittenChain, WrittenLadder
from groundwork.domain.definition import ChainDefinition, OtherLadder, Rung

BUILT_IN: Final = Path(__file__).parent
"""The catalogue that Groundwork brings."""

_STAND_IN_NAME: Final = {"zh": "?", "en": "?"}
_CHAIN_STAND_INS: Final = {
    "id": "unknown",
    "version": "0.0.0",
    "name": _STAND_IN_NAME,
    "workflow_type": "Unknown",
    "ladder": "default-1.0.0",
    "windows": {
        "acceptance": {"amount": 0, "source": "?", "provenance": "default"},
        "commitment_verification": {"amount": 0, "source": "?", "provenance": "default"},
        "rectification": {"amount": 0, "source": "?", "provenance": "default"},
        "max_tolerated_materials": 0,
        "max_tolerated_source": "?",
        "cure_extension_percent": 0,
        "cure_extension_source": "?",
    },
    "departments": [{"id": "unknown", "name": _STAND_IN_NAME, "short": _STAND_IN_NAME}],
    "stages": [{"id": "unknown", "name": _STAND_IN_NAME, "lead": "unknown"}],
}
"""What a chain is checked with where its own fields are missing; never part of a definition."""


@dataclass(frozen=True)
class Examination:
    """What came of reading a file: its mistakes, or the definition if it is a chain without any."""

    mistakes: tuple[Mistake, ...]
    definition: ChainDefinition | None = None


def check_file(path: Path | str) -> list[Mistake]:
    """Every mistake of a chain or ladder file in the order of its lines; none: it can be used.

    Never raises: a file that cannot be read at all is a mistake too.
    """
    return list(examine(Path(path)).mistakes)


def examine(path: Path) -> Examination:
    """Read and check a chain or ladder file."""
    document = read(path)
    if document.data is None and document.mistakes:
        return Examination(_sorted(document.mistakes))
    if is_ladder(document):
        _ladder_file(document)
        return Examination(_sorted(document.mistakes))
    return _chain_file(document)


def is_ladder(document: Document) -> bool:
    """Whether a file holds a ladder rather than a chain."""
    data = document.data
    return isinstance(data, dict) and "rungs" in data and "steps" not in data


def _chain_file(document: Document) -> Examination:
    form, misfits = fit(document, WrittenChain, _CHAIN_STAND_INS)
    if form is None:
        return Examination(_sorted(document.mistakes))
    ladder, ladder_mistakes = _ladder_of(document, form, misfits)
    others, other_mistakes = _other_ladders(document, form)
    definition = resolve.chain(document, form, ladder, others, misfits)
    check_chain(Reading(document, form, definition, misfits))
    mistakes = _sorted([*document.mistakes, *ladder_mistakes, *other_mistakes])
    return Examination(mistakes, None if mistakes else definition)


def _ladder_of(
    document: Document, form: WrittenChain, misfits: frozenset[FieldPath]
) -> tuple[tuple[Rung, ...], list[Mistake]]:
    """The rungs of a chain, from its own file or another, with the mistakes of the other."""
    if form.ladder.rungs is not None:
        check_ladder(document, form.ladder.rungs)
        return resolve.rungs(document, form.ladder.rungs, form.sources, misfits), []
    return _rungs_in(document, form.ladder.file or "", ("ladder",))


def _other_ladders(
    document: Document, form: WrittenChain
) -> tuple[tuple[OtherLadder, ...], list[Mistake]]:
    """The ladders that some steps or departments climb, each once, with their files' mistakes."""
    uses = {"steps": form.ladders.steps, "departments": form.ladders.departments}
    places: dict[str, FieldPath] = {}
    for field, mapping in uses.items():
        for key, name in mapping.items():
            places.setdefault(name, ("ladders", field, key))
    ladders, mistakes = [], []
    for name in sorted(places):
        rungs, wrong = _rungs_in(document, name, places[name])
        mistakes += wrong
        climbers = {
            field: tuple(sorted(key for key, used in mapping.items() if used == name))
            for field, mapping in uses.items()
        }
        ladders.append(OtherLadder(id=name, rungs=rungs, **climbers))
    return tuple(ladders), mistakes


def _rungs_in(
    document: Document, name: str, path: FieldPath
) -> tuple[tuple[Rung, ...], list[Mistake]]:
    """The rungs of a ladder file that is named at the path, with the mistakes of that file."""
    file = _ladder_path(document.file, name)
    if file is None:
        known = (found.stem for place in _ladder_places(document.file) for found in place.glob("*"))
        wrong = Said(f"找不到督办阶梯“{name}”。", f'There is no ladder "{name}".')
        document.report(path, wrong, suggestion(name, known))
        return (), []
    ladder = read(file)
    rungs = () if ladder.data is None and ladder.mistakes else _ladder_file(ladder)
    return rungs, ladder.mistakes


def _ladder_places(chain_file: Path) -> tuple[Path, ...]:
    """Where ladders are looked for: in the chain's own catalogue, then in the built-in one.

    A catalogue keeps chains as `chains/<id>/<version>.yaml` and ladders in `ladders/` beside it.
    """
    own = chain_file.absolute().parent.parent.parent
    return own / "ladders", BUILT_IN / "ladders"


def _ladder_path(chain_file: Path, name: str) -> Path | None:
    files = (place / f"{name}.yaml" for place in _ladder_places(chain_file))
    return next((file for file in files if file.is_file()), None)


def _ladder_file(document: Document) -> tuple[Rung, ...]:
    form, misfits = fit(document, WrittenLadder)
    if form is None:
        return ()
    check_ladder(document, form.rungs)
    name = f"{form.id}-{form.version}"
    in_catalogue = document.file.parent.name == "ladders"
    if in_catalogue and document.file.stem != name and not misfits:
        wrong = Said(
            f"“{name}”与文件名 {document.file.name} 不符。",
            f'"{name}" does not agree with the file name {document.file.name}.',
        )
        remedy = Said("请修改 id、version 或文件名。", "Change id, version or the file name.")
        document.report(("version",), wrong, remedy)
    return resolve.rungs(document, form.rungs, form.sources, misfits)


def _sorted(mistakes: list[Mistake]) -> tuple[Mistake, ...]:
    """In the order of files and lines, each once."""
    unique = dict.fromkeys(mistakes)
    return tuple(sorted(unique, key=lambda one: (str(one.file), one.line, one.column, one.path)))
