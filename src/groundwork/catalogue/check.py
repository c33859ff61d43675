"""Checks a catalogue file and explains every mistake in it, with its line and remedy."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from groundwork.catalogue import resolve
from groundwork.catalogue.kpi_files import is_kpis, kpi_file
from groundwork.catalogue.mistakes import FieldPath, Mistake, Said
from groundwork.catalogue.rules import check_chain
from groundwork.catalogue.rules.credit import check_credit
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.rules.rungs import check_ladder
from groundwork.catalogue.shape import fit, suggestion
from groundwork.catalogue.source import Document, read
from groundwork.catalogue.written import WrittenChain, WrittenCreditFile, WrittenLadder
from groundwork.domain.definition import ChainDefinition, CreditPolicy, OtherLadder, Rung

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
    """Read and check a file of any kind but a calendar."""
    document = read(path)
    if document.data is None and document.mistakes:
        return Examination(_sorted(document.mistakes))
    if is_ladder(document):
        _ladder_file(document)
        return Examination(_sorted(document.mistakes))
    if is_credit(document):
        credit_file(document)
        return Examination(_sorted(document.mistakes))
    if is_kpis(document):
        kpi_file(document)
        return Examination(_sorted(document.mistakes))
    return _chain_file(document)


def is_ladder(document: Document) -> bool:
    """Whether a file holds a ladder rather than a chain."""
    data = document.data
    return isinstance(data, dict) and "rungs" in data and "steps" not in data


def is_credit(document: Document) -> bool:
    """Whether a file holds a credit policy rather than a chain."""
    data = document.data
    return isinstance(data, dict) and "credit" in data and "steps" not in data


def _chain_file(document: Document) -> Examination:
    form, misfits = fit(document, WrittenChain, _CHAIN_STAND_INS)
    if form is None:
        return Examination(_sorted(document.mistakes))
    ladder, ladder_mistakes = _ladder_of(document, form, misfits)
    others, other_mistakes = _other_ladders(document, form)
    credit, credit_mistakes = _credit_of(document, form, misfits)
    definition = resolve.chain(document, form, resolve.Ladders(ladder, others), misfits, credit)
    check_chain(Reading(document, form, definition, misfits, _chains(document.file)))
    found = (document.mistakes, ladder_mistakes, other_mistakes, credit_mistakes)
    mistakes = _sorted([mistake for mistakes in found for mistake in mistakes])
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
    file = _path(document.file, "ladders", name)
    if file is None:
        known = _names(document.file, "ladders")
        wrong = Said(f"找不到督办阶梯“{name}”。", f'There is no ladder "{name}".')
        document.report(path, wrong, suggestion(name, known))
        return (), []
    ladder = read(file)
    rungs = () if ladder.data is None and ladder.mistakes else _ladder_file(ladder)
    return rungs, ladder.mistakes


def _credit_of(
    document: Document, form: WrittenChain, misfits: frozenset[FieldPath]
) -> tuple[CreditPolicy | None, list[Mistake]]:
    """The credit policy of a chain, if any, with the mistakes of the file it may be in."""
    if form.credit is None:
        return None, []
    if not isinstance(form.credit, str):
        check_credit(document, form.credit)
        return resolve.credit_policy(document, form.credit, form.sources, misfits), []
    file = _path(document.file, "credit", form.credit)
    if file is None:
        wrong = Said(
            f"找不到信用规则“{form.credit}”。", f'There is no credit file "{form.credit}".'
        )
        remedy = suggestion(form.credit, _names(document.file, "credit"))
        document.report(("credit",), wrong, remedy)
        return None, []
    credit = read(file)
    policy = None if credit.data is None and credit.mistakes else credit_file(credit)
    return policy, credit.mistakes


def _places(chain_file: Path, folder: str) -> tuple[Path, ...]:
    """Where files are looked for: in the chain's own catalogue, then in the built-in one.

    A catalogue keeps chains as `chains/<id>/<version>.yaml` and its other folders beside `chains/`.
    """
    own = chain_file.absolute().parent.parent.parent
    return own / folder, BUILT_IN / folder


def _chains(chain_file: Path) -> dict[str, tuple[Path, ...]]:
    """The files of every chain, by its id."""
    found: dict[str, tuple[Path, ...]] = {}
    for place in _places(chain_file, "chains"):
        for file in sorted(place.glob("*/*.yaml")):
            found[file.parent.name] = (*found.get(file.parent.name, ()), file)
    return found


def _names(chain_file: Path, folder: str) -> list[str]:
    return [file.stem for place in _places(chain_file, folder) for file in place.glob("*")]


def _path(chain_file: Path, folder: str, name: str) -> Path | None:
    files = (place / f"{name}.yaml" for place in _places(chain_file, folder))
    return next((file for file in files if file.is_file()), None)


def credit_file(document: Document) -> CreditPolicy | None:
    """The policy of a credit file, None when it has no readable form; mistakes are reported."""
    form, misfits = fit(document, WrittenCreditFile)
    if form is None:
        return None
    check_credit(document, form.credit)
    if not misfits:
        _named_like_its_file(document, "credit", f"{form.id}-{form.version}")
    return resolve.credit_policy(document, form.credit, form.sources, misfits)


def _named_like_its_file(document: Document, folder: str, name: str) -> None:
    if document.file.parent.name != folder or document.file.stem == name:
        return
    wrong = Said(
        f"“{name}”与文件名 {document.file.name} 不符。",
        f'"{name}" does not agree with the file name {document.file.name}.',
    )
    remedy = Said("请修改 id、version 或文件名。", "Change id, version or the file name.")
    document.report(("version",), wrong, remedy)


def _ladder_file(document: Document) -> tuple[Rung, ...]:
    form, misfits = fit(document, WrittenLadder)
    if form is None:
        return ()
    check_ladder(document, form.rungs)
    if not misfits:
        _named_like_its_file(document, "ladders", f"{form.id}-{form.version}")
    return resolve.rungs(document, form.rungs, form.sources, misfits)


def _sorted(mistakes: list[Mistake]) -> tuple[Mistake, ...]:
    """In the order of files and lines, each once."""
    unique = dict.fromkeys(mistakes)
    return tuple(sorted(unique, key=lambda one: (str(one.file), one.line, one.column, one.path)))
