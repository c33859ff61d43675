"""The ladders of single steps and departments: both exist, and a rung has one name in all."""

from groundwork.catalogue.mistakes import Said
from groundwork.catalogue.rules.reading import Reading
from groundwork.catalogue.shape import suggestion
from groundwork.domain.definition import Text


def check(reading: Reading) -> None:
    """Report unknown steps and departments, and rungs of one id but two names."""
    form = reading.form.ladders
    for section, used in (("steps", form.steps), ("departments", form.departments)):
        known = reading.declared(section)
        for key in used:
            if known is not None and key not in known:
                wrong = Said(f"没有“{key}”。", f'There is no "{key}".')
                path = ("ladders", section, key)
                reading.document.report(path, wrong, suggestion(key, known), key=True)
    names: dict[str, Text] = {}
    for rung in reading.chain.rungs:
        if names.setdefault(rung.id, rung.name) != rung.name:
            wrong = Said(
                f"“{rung.id}”在不同阶梯中名称不同。",
                f'The rung "{rung.id}" has two names in different ladders.',
            )
            remedy = Said("请统一名称，或换一个 id。", "Use one name, or another id.")
            reading.document.report(("ladders",), wrong, remedy)
