"""Definitions are found by id and version and told apart by their content."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from groundwork.catalogue.check import BUILT_IN
from groundwork.catalogue.loader import (
    CatalogueError,
    available,
    content_hash,
    get,
    latest,
    load_chain,
    pinned,
    short_hash,
)
from groundwork.domain.definition import (
    ChainDefinition,
    LimitUnit,
    Mode,
    Provenance,
    Variant,
)
from tests.catalogue.planting import CHAIN, LADDER, Plot

ID = "land-to-construction"
FIRST_HASH = "6003d86cb6525af1b4e986fcd31d1bfa39b95687794a1d1fa03e84c047b8fcd9"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A city's own catalogue with one chain in three versions."""
    chains = tmp_path / "chains" / ID
    chains.mkdir(parents=True)
    for version in ("1.0.0", "1.9.0", "1.10.0"):
        text = CHAIN.read_text(encoding="utf-8").replace(
            "\nversion: 1.0.0", f"\nversion: {version}"
        )
        (chains / f"{version}.yaml").write_text(text, encoding="utf-8")
    (chains / "notes.yaml").write_text("no: chain", encoding="utf-8")
    return tmp_path


def test_the_built_in_catalogue_offers_its_chain() -> None:
    assert (ID, "1.0.0", CHAIN) in available()
    assert get(ID, "1.0.0") == load_chain(CHAIN)
    assert latest(ID).version == "1.1.0"


def test_a_published_version_keeps_its_hash() -> None:
    # Running chains are pinned to it.
    assert content_hash(get(ID, "1.0.0")) == FIRST_HASH


def test_versions_are_ordered_as_numbers(own: Path) -> None:
    assert [entry.version for entry in available(own)] == ["1.0.0", "1.9.0", "1.10.0"]
    assert latest(ID, own).version == "1.10.0"
    assert get(ID, "1.9.0", own).version == "1.9.0"


def test_an_unknown_chain_or_version_is_refused_with_what_there_is(own: Path) -> None:
    with pytest.raises(CatalogueError, match='Did you mean "land-to-construction"'):
        get("land-to-construct")
    with pytest.raises(CatalogueError, match=r"no version 1\.11\.0.*Did you mean") as refusal:
        get(ID, "1.11.0", own)
    assert refusal.value.remedy


def test_a_mistake_is_told_with_file_line_field_and_remedy(tmp_path: Path) -> None:
    plot = Plot(tmp_path).in_step("L05", "stage: land", "stage: lnd")
    plot.harvest()
    with pytest.raises(CatalogueError) as refusal:
        load_chain(plot.file)
    error = refusal.value
    assert (error.file, error.line) == (plot.file, plot.line_of("stage: lnd"))
    assert error.field == "steps[L05].stage"
    assert 'Did you mean "land"?' in error.remedy
    assert len(error.mistakes) == 1
    assert f"1.0.0.yaml:{error.line}:" in str(error)


def test_a_ladder_is_no_chain() -> None:
    with pytest.raises(CatalogueError, match="not a chain"):
        load_chain(LADDER)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_chain(tmp_path / "none.yaml")


def test_the_hash_is_the_same_in_another_process_whatever_its_hash_seed() -> None:
    program = (
        "from groundwork.catalogue.loader import latest, content_hash;"
        f"print(content_hash(latest({ID!r})))"
    )
    here = content_hash(latest(ID))
    for seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(BUILT_IN.parents[1])},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.strip() == here
    assert len(here) == 64
    assert here.startswith(short_hash(latest(ID)))


def test_the_way_of_writing_does_not_change_the_hash(tmp_path: Path) -> None:
    both = "promised: {standard: 3, fast: 1}"
    long_form = (
        "promised:\n      fast: {limit: 1 wd}\n      standard: {amount: 3, unit: working_days}"
    )
    plot = (
        Plot(tmp_path)
        .plant("defaults:\n", "# a comment\ndefaults:\n")
        .in_step("L13", "statutory: 20 wd XK42", "statutory: [{amount: 20, source: XK42}]")
        .in_step("L13", both, "promised: {standard: 3 工作日, fast: 1 wd}")
        .in_step("L16", both, long_form)
        .in_step("L12", "promised: 7", "promised: {standard: 7, fast: 7}")
        .in_step("L22", "after: [L20.A]", "after: [{step: L20.A, variants: [standard, fast]}]")
        .in_step("L22", "    promised: 1\n", "    promised: 1\n    pre_review: false\n")
    )
    assert plot.harvest() == []
    assert content_hash(load_chain(plot.file)) == FIRST_HASH


def test_a_stored_copy_has_the_same_hash() -> None:
    definition = latest(ID)
    copy = ChainDefinition.model_validate_json(definition.model_dump_json())
    assert copy == definition
    assert content_hash(copy) == content_hash(definition)


CHANGES = {
    "a figure": ("L13", "{standard: 3, fast: 1}", "{standard: 2, fast: 1}"),
    "a unit": ("L13", "{standard: 3, fast: 1}", "{standard: 3 cd, fast: 1}"),
    "a name": ("L13", "zh: 人防报建", "zh: 人防办理"),
    "the order of materials": (
        "L05",
        "- {id: sale-plan, name: {zh: 出让方案, en: Sale plan}}\n"
        "      - {id: planning-conditions, name: {zh: 规划条件, en: Planning conditions}}",
        "- {id: planning-conditions, name: {zh: 规划条件, en: Planning conditions}}\n"
        "      - {id: sale-plan, name: {zh: 出让方案, en: Sale plan}}",
    ),
    "a dependency's variants": ("L07", "variants: [standard]", "variants: [standard, fast]"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_of_content_changes_the_hash(
    change: tuple[str, str, str], tmp_path: Path
) -> None:
    plot = Plot(tmp_path).in_step(*change)
    assert plot.harvest() == []
    assert content_hash(load_chain(plot.file)) != FIRST_HASH


def test_the_ladder_is_part_of_the_content(own: Path) -> None:
    before = content_hash(get(ID, "1.0.0", own))
    shutil.copytree(BUILT_IN / "ladders", own / "ladders")
    assert content_hash(get(ID, "1.0.0", own)) == before
    Plot(own / "ladders", LADDER).plant("share: 70", "share: 60").harvest()
    assert content_hash(get(ID, "1.0.0", own)) != before


def test_a_pinned_definition_is_found_until_its_file_is_edited(own: Path) -> None:
    expected = content_hash(get(ID, "1.9.0", own))
    assert pinned(ID, "1.9.0", expected, own).version == "1.9.0"
    file = own / "chains" / ID / "1.9.0.yaml"
    text = file.read_text(encoding="utf-8").replace("zh: 帮办单", "zh: 服务单")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match="differs from the version that was published"):
        pinned(ID, "1.9.0", expected, own)


def test_the_canonical_form_of_a_definition_does_not_drift() -> None:
    """Chains that run are pinned by this hash: a change here would orphan them."""
    limit = {"amount": 5, "provenance": Provenance.STATUTORY, "source": "《法》"}
    name = {"zh": "名", "en": "Name"}
    definition = ChainDefinition.model_validate(
        {
            "id": "a",
            "version": "1.0.0",
            "name": name,
            "workflow_type": "A",
            "departments": [{"id": "d", "name": name, "short": name}],
            "stages": [{"id": "s", "name": name, "lead": "d"}],
            "steps": [
                {
                    "id": "A1",
                    "name": name,
                    "stage": "s",
                    "lead": "d",
                    "statutory": [{**limit, "unit": LimitUnit.CALENDAR_DAYS, "at_least": True}],
                    "promised": {Variant.FAST: limit, Variant.STANDARD: limit},
                    "modes": [Mode.STANDARD],
                    "extension": limit,
                    "output": name,
                }
            ],
            "windows": {
                "acceptance": limit,
                "commitment_verification": limit,
                "rectification": limit,
                "max_tolerated_materials": 3,
                "max_tolerated_source": "源",
                "cure_extension_percent": 50,
                "cure_extension_source": "源",
            },
            "ladder": [],
        }
    )
    assert short_hash(definition) == "c4a2064810e7"
