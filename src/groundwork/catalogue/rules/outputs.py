"""Outputs: a material that a step hands over comes from a step that there is."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from groundwork.catalogue.mistakes import FieldPath, Said
from groundwork.catalogue.rules.names import known
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.shape import suggestion
from groundwork.catalogue.source import child, read


def check(reading: Reading) -> None:
    """Report an unknown chain before this one, and materials that come from an unknown step."""
    before = _steps_before(reading)
    for path, step in zip((p for p, _ in reading.steps()), reading.form.steps, strict=True):
        for i, material in enumerate(step.materials):
            at = (*material.path_or((*path, "materials", i)), "output_of")
            if material.output_of is None:
                continue
            chain, _, name = material.output_of.rpartition("/")
            if chain:
                _from_before(reading, at, chain, name, before)
            elif name == step.id:
                wrong = Said(
                    "材料不能由本环节办出。", "A step cannot ask for what only it hands out."
                )
                reading.document.report(at, wrong, Said("请改写。", "Name another step."))
            else:
                known(reading, "steps", at, name)


def _steps_before(reading: Reading) -> frozenset[str] | None:
    """Ids of the steps of the chain that this one follows, in any version; None if unknown."""
    follows = reading.form.follows
    if follows is None:
        return None
    if follows == reading.form.id and reading.fits("id"):
        wrong = Said("链条不能接在自己之后。", "A chain cannot follow itself.")
        reading.document.report(("follows",), wrong, Said("请删除。", "Remove it."))
        return None
    files = reading.chains.get(follows)
    if files is None:
        wrong = Said(f"没有链条“{follows}”。", f'There is no chain "{follows}".')
        reading.document.report(("follows",), wrong, suggestion(follows, reading.chains))
        return None
    return frozenset().union(*(_step_ids(file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=64)
def _step_ids(file: Path, _changed_at: int) -> frozenset[str]:
    """Ids of the steps in a file, which every version of a chain that follows asks for."""
    ids = {child(step, "id") for step in _listed(child(read(file).data, "steps"))}
    return frozenset(one for one in ids if isinstance(one, str))


def _from_before(
    reading: Reading, at: FieldPath, chain: str, name: str, before: frozenset[str] | None
) -> None:
    follows = reading.form.follows
    if chain != follows:
        if reading.fits("follows") and (follows is None or before is not None):
            wrong = Said(f"本链条没有接在“{chain}”之后。", f'This chain does not follow "{chain}".')
            remedy = Said(
                "请写 follows，或改写环节。", "Name that chain under follows, or another step."
            )
            reading.document.report(at, wrong, remedy)
    elif before is not None and name not in before:
        wrong = Said(f"链条 {chain} 没有环节“{name}”。", f'Chain {chain} has no step "{name}".')
        reading.document.report(at, wrong, suggestion(name, before))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
