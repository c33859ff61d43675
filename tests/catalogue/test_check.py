"""The check explains every kind of mistake, on its line, without letting one hide another."""

from pathlib import Path

import pytest

from groundwork.catalogue.check import check_file
from groundwork.catalogue.loader import load_chain
from groundwork.catalogue.mistakes import Mistake
from groundwork.catalogue.source import MAX_BYTES, MAX_VALUES
from tests.catalogue.planting import CHAIN, LADDER, Plot


def only(mistakes: list[Mistake]) -> Mistake:
    assert len(mistakes) == 1, "\n".join(map(str, mistakes))
    return mistakes[0]


def test_the_built_in_files_have_no_mistakes() -> None:
    assert check_file(CHAIN) == []
    assert check_file(LADDER) == []


# Step, text replaced, its replacement, what marks the line, the field, what the sentence says.
IN_STEPS = {
    "an unknown field": (
        "L05", "promised: 7", "promissed: 7", "promissed", "steps[L05].promissed",
        'no field "promissed". Did you mean "promised"?',
    ),
    "a comma that cuts a text in two": (
        "L08", "en: EIA approval}", "en: EIA, approval}", "EIA, approval",
        "steps[L08].output.approval", "put that whole text in quotes",
    ),
    "a field without which nothing works": (
        "L05", "    stage: land\n", "", "- id: L05", "steps[L05]", '"stage" is missing',
    ),
    "a number for a text": (
        "L05", "zh: 规划条件与出让方案", "zh: 5", "zh: 5", "steps[L05].name.zh", "must be text",
    ),
    "a text for a truth value": (
        "L07", "pre_review: true", "pre_review: yes", "pre_review: yes",
        "steps[L07].pre_review", "true or false",
    ),
    "a text for a list": (
        "L05", "after: [L03, L04]", "after: L03", "after: L03", "steps[L05].after", "a list",
    ),
    "an unreadable limit": (
        "L05", "promised: 7", "promised: 7 weeks", "7 weeks", "steps[L05].promised", "10 wd",
    ),
    "a negative limit": (
        "L05", "promised: 7", "promised: -7", "promised: -7", "steps[L05].promised", "At least 0",
    ),
    "a limit in two forms": (
        "L20", "limit: 60 cd", "limit: 60 cd\n          amount: 60", "limit: 60 cd",
        "steps[L20].materials[drawing-certificate].cure", "one form",
    ),
    "a figure without a source": (
        "L10", "statutory: 20 wd XK42", "statutory: 20 wd", "statutory: 20 wd\n",
        "steps[L10].statutory", "source is missing",
    ),
    "a source in words without provenance": (
        "L10", "20 wd XK42", "{amount: 20, source: 法律第四十二条}", "amount: 20",
        "steps[L10].statutory", "provenance is missing",
    ),
    "an unknown source tag": (
        "L10", "20 wd XK42", "20 wd XK24", "XK24", "steps[L10].statutory",
        'source tag "XK24" is not defined. Did you mean "XK42"?',
    ),
    "an unknown lead": (
        "L09", "lead: water", "lead: watter", "watter", "steps[L09].lead",
        'no department "watter". Did you mean "water"?',
    ),
    "an unknown consulted department": (
        "L20", "[human-resources, urban-management]", "[human-resources, urban]", "urban]",
        "steps[L20].consulted[1]", 'no department "urban"',
    ),
    "an unknown stage": (
        "L05", "stage: land", "stage: lands", "stage: lands", "steps[L05].stage",
        'no stage "lands". Did you mean "land"?',
    ),
    "an unknown dependency": (
        "L05", "[L03, L04]", "[L03, L44]", "L44", "steps[L05].after[1]", 'no step "L44"',
    ),
    "an unknown phase": (
        "L22", "[L20.A]", "[L20.D]", "L20.D", "steps[L22].after[0]", 'no phase "D"',
    ),
    "an unknown mode": (
        "L05", "modes: [standard]", "modes: [standart]", "standart", "steps[L05].modes[0]",
        'Did you mean "standard"?',
    ),
    "an unknown variant": (
        "L07", "variants: [standard]", "variants: [slow]", "[slow]",
        "steps[L07].after[2].variants[0]", "Known: fast, standard",
    ),
    "an unknown promise": (
        "L09", "fast: 0", "fas: 0", "fas: 0", "steps[L09].promised.fas", 'Did you mean "fast"?',
    ),
    "an unknown reason to stop": (
        "L10", "stops: [expert_review]", "stops: [expert]", "[expert]", "steps[L10].stops[0]",
        "expert",
    ),
    "a dependency listed twice": (
        "L05", "[L03, L04]", "[L03, L03, L04]", "L03, L03", "steps[L05].after[1]", "twice",
    ),
    "a lead that is consulted": (
        "L05", "consulted: [development-reform", "consulted: [natural-resources", "consulted:",
        "steps[L05].consulted[0]", "also listed as consulted",
    ),
    "a material's id used twice": (
        "L05", "id: planning-conditions", "id: sale-plan", "zh: 规划条件, en",
        "steps[L05].materials[sale-plan].id", "used twice",
    ),
    "a promise beyond the law": (
        "L13", "promised: {standard: 3, fast: 1}", "promised: {standard: 21, fast: 1}",
        "standard: 21", "steps[L13].promised.standard", "exceeds the statutory 20 working days",
    ),
    "working days beyond calendar days": (
        "L08", "standard: 7, fast: 1", "standard: 61, fast: 1", "standard: 61",
        "steps[L08].promised.standard", "exceeds the statutory 60 calendar days",
    ),
    "a fast promise slower than the standard one": (
        "L13", "fast: 1", "fast: 4", "fast: 4", "steps[L13].promised.fast", "slower",
    ),
    "a promise in months": (
        "L09", "standard: 5,", "standard: 1 mo,", "1 mo", "steps[L09].promised.standard", "Months",
    ),
    "a tolerable material without a mode for it": (
        "L16", "modes: [standard, deficiency_tolerant]", "modes: [standard]", "cure: 10 wd",
        "steps[L16].materials[deed-tax-receipt].cure", "no mode for it",
    ),
    "a mode for tolerable materials without one": (
        "L05", "modes: [standard]", "modes: [standard, deficiency_tolerant]", "modes:",
        "steps[L05].modes[1]", "no material may be lacking",
    ),
    "a tolerable material behind the red line": (
        "L12", "en: Fire design documents}}", "en: Fire design documents}, cure: 10 wd}",
        "cure: 10 wd", "steps[L12].materials[fire-design].cure", "red line",
    ),
    "an exemption that nothing offers": (
        "L13", "modes: [standard, exempt]", "modes: [standard]", "when: {zh: 厂房",
        "steps[L13].exemption", "does not offer exempt",
    ),
    "exempt without its case": (
        "L13", "    exemption:\n      when: {zh: 厂房, en: Factory buildings}\n", "", "modes:",
        "steps[L13].modes[1]", "not in which case",
    ),
    "a step that both sides begin": (
        "L18", "applicant_owned: true", "applicant_owned: true\n    ex_officio: true",
        "ex_officio", "steps[L18].ex_officio", "cannot also begin ex officio",
    ),
    "a second conversion gate": (
        "L15", "modes: [standard, commitment]",
        "modes: [standard, commitment]\n    conversion_gate: true", "conversion_gate: true",
        "steps[L15].conversion_gate", "step L14 is it",
    ),
    "a circle within one variant": (
        "L14", "after: [L06]", "after: [L06, {step: L17, variants: [fast]}]", "step: L17",
        "steps[L14].after[1]", "L14 → L17 → L14 (variant fast)",
    ),
    "a step that waits for itself": (
        "L16", "after: [L14]", "after: [L14, L16]", "L14, L16", "steps[L16].after[1]",
        "L16 → L16 (variant standard and fast)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_STEPS.values(), ids=IN_STEPS)
def test_a_mistake_in_a_step_is_explained_on_its_line(
    case: tuple[str, str, str, str, str, str], tmp_path: Path
) -> None:
    step, old, new, marker, field, says = case
    plot = Plot(tmp_path).in_step(step, old, new)
    mistake = only(plot.harvest())
    assert mistake.path == field
    assert says in mistake.message_en
    assert mistake.message_zh
    assert mistake.line == plot.line_of(marker, step)
    assert mistake.file == plot.file


ELSEWHERE = {
    "broken YAML": (
        "name: {zh: 拿地即动工, en: Land to construction}", "name: {zh: 拿地即动工, en: [}",
        "en: [}", "", "YAML syntax",
    ),
    "a tab for indentation": ("  cure: P\n", "\tcure: P\n", "\tcure: P", "", "YAML syntax"),
    "a field written twice": (
        "  cure: P\n", "  cure: P\n  cure: R\n", "cure: R", "defaults.cure", "written twice",
    ),
    "an alias": ("  cure: P\n", "  cure: *P\n", "*P", "", "aliases"),
    "a tag": ("  cure: P\n", "  cure: !!python/name:os.system P\n", "!!python", "", "Tags"),
    "a version that is none": (
        "\nversion: 1.0.0", "\nversion: 1.0", "version: 1.0", "version", "looks like 1.0.0",
    ),
    "an id with a capital": (
        "{id: heritage,", "{id: Heritage,", "id: Heritage", "departments[Heritage].id",
        "lower-case",
    ),
    "an unknown provenance": (
        "XK32: {provenance: statutory", "XK32: {provenance: statute", "provenance: statute,",
        "sources.XK32.provenance", 'Did you mean "statutory"?',
    ),
    "an unknown ladder": (
        "ladder: default-1.0.0", "ladder: default-1.0.1", "ladder: default-1.0.1", "ladder",
        'Did you mean "default-1.0.0"?',
    ),
    "no window": (
        "  acceptance: 5 wd XK32\n", "", "commitment_verification", "windows",
        '"acceptance" is missing',
    ),
    "a department's id used twice": (
        "{id: emergency,", "{id: heritage,", "zh: 文物主管部门", "departments[heritage].id",
        "used twice",
    ),
    "a stage led by nobody": (
        "en: Works permission}, lead: natural-resources}",
        "en: Works permission}, lead: nature}", "lead: nature}", "stages[planning].lead",
        'no department "nature"',
    ),
    "a route that does not add up": (
        "working_days: 36", "working_days: 35", "working_days: 35",
        "routes[standard_route].working_days", "1 + 3 + 3 + 10 + 5 + 10 + 3 + 1 = 36, not 35",
    ),
    "a route over a step without a promise": (
        "steps: [L04, L05]", "steps: [L04, L06]", "[L04, L06]", "routes[land_route].steps[1]",
        "L06 has no promised limit",
    ),
    "a route over an unknown step": (
        "steps: [L04, L05]", "steps: [L04, L50]", "[L04, L50]", "routes[land_route].steps[1]",
        'no step "L50"',
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_mistake_elsewhere_is_explained_on_its_line(
    case: tuple[str, str, str, str, str], tmp_path: Path
) -> None:
    old, new, marker, field, says = case
    plot = Plot(tmp_path).plant(old, new)
    mistake = only(plot.harvest())
    assert mistake.path == field
    assert says in mistake.message_en
    assert mistake.line == plot.line_of(marker)


def test_a_circle_is_named_with_the_steps_that_can_never_begin_because_of_it(
    tmp_path: Path,
) -> None:
    plot = Plot(tmp_path).in_step("L02", "after: [L01]", "after: [L01, L15]")
    circle = only(plot.harvest())
    assert "L02 → L15 → L02" in circle.message_en
    assert circle.line == plot.line_of("after: [L01, L15]")
    behind = circle.message_en.partition("can never begin:")[2]
    assert all(step in behind for step in ("L07", "L08", "L20", "L22"))
    assert not any(step in behind for step in ("L01", "L14", "L16"))


def test_a_step_outside_the_chain_is_found_in_every_variant(tmp_path: Path) -> None:
    plot = Plot(tmp_path).in_step("L21", "    after: [L02]\n", "")
    mistakes = plot.harvest()
    assert [mistake.path for mistake in mistakes] == ["steps[L21].after"] * 2
    assert all("connected to no other step" in mistake.message_en for mistake in mistakes)
    assert {mistake.line for mistake in mistakes} == {plot.line_of("- id: L21")}


def test_pre_reviews_need_a_gate(tmp_path: Path) -> None:
    plot = Plot(tmp_path).in_step("L14", "    conversion_gate: true\n", "")
    mistakes = plot.harvest()
    assert [one.path for one in mistakes] == [
        f"steps[{step}].pre_review" for step in ("L07", "L11", "L12", "L13")
    ]
    assert all("no conversion gate" in one.message_en for one in mistakes)


def test_what_a_pre_review_leads_to_must_pass_the_gate(tmp_path: Path) -> None:
    plot = Plot(tmp_path).in_step("L22", "after: [L20.A]", "after: [L19]")
    mistakes = plot.harvest()
    loose = [one for one in mistakes if one.path == "steps[L07].pre_review"]
    assert ["L22" in one.message_en for one in loose] == [True]
    assert "variant fast" in loose[0].message_en


def test_every_step_needs_its_extension(tmp_path: Path) -> None:
    mistakes = Plot(tmp_path).plant("  extension: 10 wd XK42\n", "").harvest()
    assert len(mistakes) == 21
    assert all("extension" in one.message_en for one in mistakes)


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    plot = (
        Plot(tmp_path)
        .plant("  cure: P\n", "  cure: P\n  curr: P\n")
        .plant("working_days: 31", "working_days: 30")
        .in_step("L02", "promised: 1", "promised: soon")
        .in_step("L05", "stage: land", "stage: lnd")
        .in_step("L09", "lead: water", "lead: 9")
        .in_step("L14", "after: [L06]", "after: [L06, L17]")
    )
    mistakes = plot.harvest()
    paths = [one.path for one in mistakes]
    assert [one.line for one in mistakes] == sorted(one.line for one in mistakes)
    for expected in (
        "defaults.curr", "steps[L02].promised", "steps[L05].stage", "steps[L09].lead",
        "steps[L14].after[1]", "routes[land_route].working_days",
    ):  # fmt: skip
        assert paths.count(expected) == 1, expected
    # A route over the step with the unreadable promise is not said to be wrong as well.
    assert "routes[standard_route].working_days" not in paths


def test_one_unusable_default_is_one_mistake(tmp_path: Path) -> None:
    for old, new in (
        ("  promised: PROMISE\n", "  promise: PROMISE\n"),
        ("extension: 10 wd XK42\n\nwindows", "extension: ten\n\nwindows"),
        ("P: {provenance: default", "P: {provenance: defaults"),
    ):
        only(Plot(tmp_path).plant(old, new).harvest())


LADDER_MISTAKES = {
    "levels that do not rise": ("level: 3\n", "level: 2\n", "rungs[yellow_card].level"),
    "rungs that do not come later": (
        "days_past_due: 1\n", "days_past_due: 0\n", "rungs[yellow_card]",
    ),
    "an unknown role": ("[director]", "[directer]", "rungs[yellow_card].recipients[0]"),
    "a threshold of another trigger": (
        "days_past_due: 1\n", "days_past_due: 1\n    share: 80\n", "rungs[yellow_card].share",
    ),
    "a missing threshold": (
        "    days_past_due: 5\n", "", "rungs[referral]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LADDER_MISTAKES.values(), ids=LADDER_MISTAKES)
def test_a_mistake_in_a_ladder_is_explained(case: tuple[str, str, str], tmp_path: Path) -> None:
    old, new, field = case
    plot = Plot(tmp_path, LADDER).plant(old, new)
    assert field in [one.path for one in plot.harvest()]


def test_a_chain_tells_the_mistakes_of_its_own_catalogues_ladder(tmp_path: Path) -> None:
    folder = tmp_path / "chains" / "land-to-construction"
    folder.mkdir(parents=True)
    (tmp_path / "ladders").mkdir()
    ladder = Plot(tmp_path / "ladders", LADDER).plant("[director]", "[directer]")
    ladder.harvest()
    mistake = only(Plot(folder).harvest())
    assert mistake.file == ladder.file
    assert mistake.line == ladder.line_of("[directer]")


def test_a_ladder_may_be_written_into_the_chain(tmp_path: Path) -> None:
    rungs = LADDER.read_text(encoding="utf-8").partition("rungs:\n")[2]
    plot = Plot(tmp_path).plant("ladder: default-1.0.0\n", f"ladder:\n{rungs}")
    assert plot.harvest() == []
    written, referred = load_chain(plot.file).ladder, load_chain(CHAIN).ladder
    assert [(one.id, one.recipients) for one in written] == [
        (one.id, one.recipients) for one in referred
    ]
    plot.plant("days_past_due: 3", "days_past_due: 0")
    mistake = only(plot.harvest())
    assert mistake.path == "ladder[red_card]"
    assert mistake.line == plot.line_of("level: 4")


def test_a_path_in_a_catalogue_tells_the_truth(tmp_path: Path) -> None:
    folder = tmp_path / "chains" / "completion"
    folder.mkdir(parents=True)
    assert [one.path for one in Plot(folder).harvest()] == ["id"]


UNREADABLE = {
    "not UTF-8": ("id: 拿地".encode("gbk"), "not UTF-8"),
    "empty": (b"", "field: value"),
    "a list": (b"- a\n- b\n", "field: value"),
    "too many values": (b"a:\n" + b"- 1\n" * MAX_VALUES, "More than"),
    "too deep": (b"a: " + b"[" * 5000, "deeper"),
    "two documents": (b"a: 1\n---\nb: 2\n", "single document"),
    "a control character": (b"a: \x07\n", "invisible"),
    "half a character": (b'a: "\\ud800"\n', "impossible character"),
    "an impossible escape": (b'a: "\\UFFFFFFFF"\n', "cannot be understood"),
    "too large": (b"#" * (MAX_BYTES + 1), "larger than 1 MB"),
    "keys that are lists": (b"? [a]\n: 1\n", "field name"),
}


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_file_is_a_mistake(case: tuple[bytes, str], tmp_path: Path) -> None:
    content, says = case
    file = tmp_path / "chain.yaml"
    file.write_bytes(content)
    assert any(says in one.message_en for one in check_file(file))


def test_a_missing_file_is_a_mistake(tmp_path: Path) -> None:
    assert "cannot be read" in only(check_file(tmp_path / "none.yaml")).message_en
    assert "cannot be read" in only(check_file(tmp_path)).message_en
