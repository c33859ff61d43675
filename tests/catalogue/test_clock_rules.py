"""How a limit ends is data: at midnight or with business hours, rolled forward or not."""

from datetime import time
from pathlib import Path

import pytest

from groundwork.catalogue import loader
from groundwork.catalogue.written_basics import WrittenLimit
from groundwork.domain.definition import CutOff, Limit, Provenance, Variant
from tests.catalogue.planting import CHAIN, Plot

CLOSING = (
    "  max_tolerated_materials: 3",
    "  close_of_business: 17:30 P\n  max_tolerated_materials: 3",
)
BY_CLOSING = "{amount: 3, until: close_of_business}"


def promised(tmp_path: Path, limit: str, *planted: tuple[str, str]) -> Limit:
    plot = Plot(tmp_path)
    for old, new in planted:
        plot.plant(old, new)
    promise = plot.text[plot.text.index("- id: L02\n") :].partition("promised: ")[2]
    plot.in_step(
        "L02", f"promised: {promise.partition(chr(10))[0]}", f"promised: {{standard: {limit}}}"
    )
    plot.text = plot.text.partition("\nroutes:")[0] + "\n"
    plot.file.write_text(plot.text, encoding="utf-8")
    return loader.load_chain(plot.file).step("L02").promised[Variant.STANDARD]


def test_a_limit_ends_with_business_hours_where_it_says_so(tmp_path: Path) -> None:
    limit = promised(tmp_path, BY_CLOSING, CLOSING)
    assert limit.cut_off is not None
    assert (limit.cut_off.at, limit.cut_off.provenance) == (time(17, 30), Provenance.DEFAULT)
    assert "Groundwork" in limit.cut_off.source


def test_business_hours_alone_change_no_limit(tmp_path: Path) -> None:
    assert promised(tmp_path, "3", CLOSING).cut_off is None


def test_a_limit_may_stay_where_it_ends(tmp_path: Path) -> None:
    assert not promised(tmp_path, "{limit: 3 cd, rolls_forward: false}").rolls_forward


@pytest.mark.parametrize(
    ("limit", "planted", "told"),
    [
        (BY_CLOSING, (), "The close of business is not given"),
        ("{limit: 3 h, until: close_of_business}", (CLOSING,), "in hours has no last day"),
        ("{limit: 3 h, rolls_forward: false}", (), "in hours has no last day"),
        ("{amount: 3, until: lunch}", (), "midnight"),
    ],
)
def test_a_rule_that_cannot_hold_is_explained(
    limit: str, planted: tuple[tuple[str, str], ...], told: str, tmp_path: Path
) -> None:
    plot = Plot(tmp_path)
    for old, new in planted:
        plot.plant(old, new)
    plot.plant("  acceptance: 5 wd XK32", f"  acceptance: {limit[:-1]}, source: XK32}}")
    assert told in " ".join(f"{one.message_en}" for one in plot.harvest())


@pytest.mark.parametrize("written", ["25:00 P", "17.30 P", "noon"])
def test_a_time_that_is_none_is_explained(written: str, tmp_path: Path) -> None:
    old, new = CLOSING
    mistakes = Plot(tmp_path).plant(old, new.replace("17:30 P", written)).harvest()
    assert "17:30" in mistakes[0].message_en
    assert len(mistakes) == 1


def test_usual_rules_leave_no_trace_in_what_is_stored() -> None:
    usual = Limit(amount=3, provenance=Provenance.PROMISED, source="a test")
    assert {"rolls_forward", "cut_off"}.isdisjoint(usual.model_dump())
    closing = CutOff(at=time(17, 30), provenance=Provenance.DEFAULT, source="a test")
    unusual = usual.model_copy(update={"rolls_forward": False, "cut_off": closing})
    assert Limit.model_validate_json(unusual.model_dump_json()) == unusual


def test_the_published_definition_keeps_its_hash() -> None:
    assert loader.short_hash(loader.load_chain(CHAIN)) == "6003d86cb652"


def test_the_written_form_is_usual_unless_it_says_otherwise() -> None:
    plain = WrittenLimit(amount=3)
    assert (plain.until, plain.rolls_forward, plain.counts_first_day) == ("midnight", True, False)
