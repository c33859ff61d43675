"""The land-to-construction chain is what the city's procedures say, figure by figure."""

import re
from collections.abc import Iterator

import pytest

from groundwork.catalogue.loader import get
from groundwork.catalogue.rules.graph import circles, downstream, never_ready, order_of
from groundwork.domain.definition import (
    ChainDefinition,
    Limit,
    LimitUnit,
    Mode,
    Provenance,
    StepDefinition,
    StopReason,
    Trigger,
    Variant,
)

WD, CD = LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS
S, C, D, X = Mode.STANDARD, Mode.COMMITMENT, Mode.DEFICIENCY_TOLERANT, Mode.EXEMPT


@pytest.fixture(scope="module", params=["1.0.0", "1.1.0"])
def chain(request: pytest.FixtureRequest) -> ChainDefinition:
    return get("land-to-construction", request.param)


def steps_with(chain: ChainDefinition, flag: str) -> list[str]:
    return [step.id for step in chain.steps if getattr(step, flag)]


def limits_of(step: StepDefinition) -> Iterator[Limit]:
    yield from step.statutory
    yield from step.promised.values()
    yield step.extension
    yield from (material.cure for material in step.materials if material.cure is not None)


def test_it_has_the_22_steps_in_order(chain: ChainDefinition) -> None:
    assert [step.id for step in chain.steps] == [f"L{number:02}" for number in range(1, 23)]
    assert chain.workflow_type == "LandToConstruction"


DEPENDENCIES = {
    "L01": "", "L02": "L01", "L03": "L01", "L04": "L01", "L05": "L03 L04", "L06": "L05",
    "L07": "L02 L03", "L08": "L02", "L09": "L02 L03", "L10": "L02", "L11": "L07", "L12": "L07",
    "L13": "L07", "L14": "L06", "L15": "L02 L14", "L16": "L14", "L17": "L07 L14 L15",
    "L18": "L07", "L19": "L18", "L20": "L08 L09 L10 L11 L12 L13 L14 L17 L19", "L21": "L02",
    "L22": "L20",
}  # fmt: skip


def test_the_fast_variant_runs_the_pre_review_beside_the_listing(chain: ChainDefinition) -> None:
    fast = order_of(chain, Variant.FAST)
    assert {step: " ".join(before) for step, before in fast.items()} == DEPENDENCIES


def test_the_standard_variant_waits_for_two_permits_more(chain: ChainDefinition) -> None:
    fast, standard = order_of(chain, Variant.FAST), order_of(chain, Variant.STANDARD)
    more = {step: set(standard[step]) - set(fast[step]) for step in standard}
    assert {step: added for step, added in more.items() if added} == {
        "L07": {"L15"},
        "L11": {"L17"},
    }


@pytest.mark.parametrize("variant", Variant)
def test_the_order_has_no_circle_and_ends_beyond_the_gate(
    chain: ChainDefinition, variant: Variant
) -> None:
    order = order_of(chain, variant)
    assert list(circles(order)) == []
    assert never_ready(order) == frozenset()
    assert downstream(order, "L01") == {step.id for step in chain.steps} - {"L01"}
    assert "L22" in downstream(order, "L14")


PROMISED = {
    "L01": (1, 1), "L02": (1, 1), "L03": (10, 10), "L04": (24, 24), "L05": (7, 7), "L07": (10, 7),
    "L08": (7, 1), "L09": (5, 0), "L10": (5, 0), "L11": (10, 7), "L12": (7, 7), "L13": (3, 1),
    "L14": (3, 1), "L15": (3, 1), "L16": (3, 1), "L17": (5, 1), "L20": (3, 1), "L21": (5, 3),
    "L22": (1, 1),
}  # fmt: skip


def test_promises_are_the_citys_working_days_and_missing_where_there_are_none(
    chain: ChainDefinition,
) -> None:
    promised = {
        step.id: tuple(step.promised[variant].amount for variant in Variant)
        for step in chain.steps
        if step.promised
    }
    assert promised == PROMISED
    for step in chain.steps:
        for limit in step.promised.values():
            assert (limit.unit, limit.provenance) == (WD, Provenance.PROMISED)
            assert "待市里确认" in limit.source


MODES = {
    "L03": [S, X], "L04": [S, X], "L07": [D, C], "L08": [S, C, X], "L09": [S, C, X],
    "L10": [S, C, X], "L11": [S, C], "L13": [S, X], "L14": [S, D], "L15": [S, C], "L16": [S, D],
    "L17": [S, C, D], "L19": [S, D], "L20": [S, C, D], "L21": [S, C, D],
}  # fmt: skip


def test_modes_and_exemptions_go_together(chain: ChainDefinition) -> None:
    for step in chain.steps:
        assert list(step.modes) == MODES.get(step.id, [S]), step.id
        assert (step.exemption is not None) == (X in step.modes), step.id


CURES = {
    ("L07", "pipeline-opinion"): (10, WD),
    ("L11", "drawing-certificate"): (60, CD),
    ("L14", "deed-tax-receipt"): (10, WD),
    ("L16", "deed-tax-receipt"): (10, WD),
    ("L17", "setting-out-report"): (10, WD),
    ("L19", "work-injury-insurance"): (15, WD),
    ("L20", "drawing-certificate"): (60, CD),
    ("L20", "wage-account"): (15, WD),
    ("L21", "title-proof"): (20, WD),
}


def test_what_may_be_lacking_has_its_term(chain: ChainDefinition) -> None:
    cures = {
        (step.id, material.id): (material.cure.amount, material.cure.unit)
        for step in chain.steps
        for material in step.materials
        if material.cure is not None
    }
    assert cures == CURES
    assert steps_with(chain, "never_tolerable") == ["L08", "L12"]


def test_the_gate_the_pre_reviews_and_the_enterprises_own_step(chain: ChainDefinition) -> None:
    assert steps_with(chain, "pre_review") == ["L07", "L11", "L12", "L13"]
    assert steps_with(chain, "conversion_gate") == ["L14"]
    assert steps_with(chain, "applicant_owned") == ["L18"]
    assert chain.step("L18").lead == "construction-entity"


def test_work_may_start_with_the_first_phase_of_the_permit(chain: ChainDefinition) -> None:
    assert [phase.id for phase in chain.step("L20").phases] == ["A", "B", "C"]
    assert [edge.step for edge in chain.step("L22").after] == ["L20.A"]


def test_statutory_figures_say_what_they_measure(chain: ChainDefinition) -> None:
    assert [(one.amount, one.unit) for one in chain.step("L17").statutory] == [(20, WD)]
    assert [(one.amount, one.unit) for one in chain.step("L20").statutory] == [(7, CD)]
    assert not any(one.binds_whole_step for one in chain.step("L04").statutory)
    assert [one.at_least for one in chain.step("L04").statutory] == [True, True, False]
    assert [one.unit for one in chain.step("L22").statutory] == [LimitUnit.MONTHS] * 2
    by_case = {one.case.zh: one.amount for one in chain.step("L08").statutory if one.case}
    assert by_case == {"报告书": 60, "报告表": 30}


def test_every_figure_names_its_source_and_no_tag_is_left_unspelled(
    chain: ChainDefinition,
) -> None:
    windows = chain.windows
    limits = [limit for step in chain.steps for limit in limits_of(step)]
    limits += [windows.acceptance, windows.commitment_verification, windows.rectification]
    limits += [rung.answer_within for rung in chain.ladder if rung.answer_within is not None]
    sources = [limit.source for limit in limits]
    sources += [windows.max_tolerated_source, windows.cure_extension_source]
    sources += [route.source for route in chain.routes] + [rung.source for rung in chain.ladder]
    sources += [step.exemption.source for step in chain.steps if step.exemption is not None]
    assert all(re.search("[\u4e00-\u9fff]", source) and " · " in source for source in sources)
    for limit in limits:
        law = "法》" in limit.source or "条例》" in limit.source or "令第" in limit.source
        assert law == (limit.provenance is Provenance.STATUTORY) or "合并办理" in limit.source


def test_extensions_are_ten_working_days_by_law(chain: ChainDefinition) -> None:
    for step in chain.steps:
        extension = step.extension
        assert (extension.amount, extension.unit) == (10, WD)
        assert extension.provenance is Provenance.STATUTORY
    assert "《行政许可法》（2019）第四十二条" in chain.step("L17").extension.source


def test_the_routes_add_up_to_the_published_36_and_31_working_days(chain: ChainDefinition) -> None:
    sums = {
        route.id: sum(chain.step(step).promised[Variant.STANDARD].amount for step in route.steps)
        for route in chain.routes
    }
    assert sums == {"standard_route": 36, "land_route": 31}
    assert sums == {route.id: route.working_days for route in chain.routes}


def test_the_windows_hold_for_every_step(chain: ChainDefinition) -> None:
    windows = chain.windows
    assert (windows.acceptance.amount, windows.acceptance.unit) == (5, WD)
    assert windows.acceptance.provenance is Provenance.STATUTORY
    assert "第三十二条" in windows.acceptance.source
    verification = windows.commitment_verification
    assert (verification.amount, verification.unit) == (60, CD)
    assert (windows.rectification.amount, windows.rectification.unit) == (10, WD)
    assert (windows.max_tolerated_materials, windows.cure_extension_percent) == (3, 50)


def test_clocks_stop_for_the_reasons_of_each_step(chain: ChainDefinition) -> None:
    stops = {step.id: set(step.stops) for step in chain.steps if step.stops}
    assert stops["L04"] == {StopReason.PUBLICITY, StopReason.HEARING, StopReason.SUPERIOR_APPROVAL}
    assert stops["L06"] == {StopReason.LISTING}
    assert stops["L21"] == {StopReason.EXTERNAL_WORKS}
    assert set(stops) == {
        "L03", "L04", "L06", "L07", "L08", "L09", "L10", "L11", "L12", "L13", "L14", "L17", "L21",
    }  # fmt: skip


def test_the_ladder_climbs_from_a_yellow_light_to_a_referral_that_people_decide(
    chain: ChainDefinition,
) -> None:
    assert [(rung.level, rung.id, rung.light) for rung in chain.ladder] == [
        (1, "yellow", "yellow"),
        (2, "red", "red"),
        (3, "yellow_card", "red"),
        (4, "red_card", "red"),
        (5, "referral", "red"),
    ]
    yellow, *late = chain.ladder
    assert (yellow.trigger, yellow.share, yellow.days_left) == (Trigger.SHARE_USED, 70, 1)
    assert [rung.days_past_due for rung in late] == [0, 1, 3, 5]
    assert [rung.recipients for rung in chain.ladder] == [
        ("officer", "section_head"),
        ("deputy_leader", "data_bureau"),
        ("director",),
        ("business_environment_office", "liaison_leader"),
        ("business_environment_office",),
    ]
    answered = {"1.0.0": [3], "1.1.0": [3, 4]}[chain.version]
    assert [rung.level for rung in chain.ladder if rung.answer_within] == answered
    assert [rung.level for rung in chain.ladder if rung.supervision_order] == [4]
    assert [rung.level for rung in chain.ladder if rung.human_decides] == [5]


def test_every_department_of_a_step_is_named_in_both_languages(chain: ChainDefinition) -> None:
    for step in chain.steps:
        for department in (step.lead, *step.consulted):
            assert chain.department(department).short.zh
    assert [stage.id for stage in chain.stages] == ["land", "planning", "construction", "parallel"]
    assert [step.id for step in chain.steps if step.stage == "parallel"] == ["L21"]


def test_the_second_version_only_adds_promises_consultation_credit_and_rungs() -> None:
    first, second = get("land-to-construction", "1.0.0"), get("land-to-construction", "1.1.0")
    added = {"promises": None, "joint": None, "credit": None, "ladder": first.ladder}
    plain = tuple(step.model_copy(update={"commitment": None}) for step in second.steps)
    before = second.model_copy(update={**added, "steps": plain, "version": "1.0.0"})
    assert before == first
    assert (first.promises, first.joint, first.credit) == (None, None, None)
    assert second.joint is not None
    assert second.credit is not None


def test_the_second_version_tells_before_every_commitment() -> None:
    second = get("land-to-construction", "1.1.0")
    for step in second.steps:
        assert (step.commitment is not None) == (C in step.modes), step.id


def test_both_chains_hold_the_same_promises() -> None:
    land, production = get("land-to-construction"), get("completion-to-production")
    assert land.promises == production.promises
    assert land.joint is not None
    assert production.joint is not None
    assert land.joint == production.joint.model_copy(update={"visit": None})
    assert land.credit == production.credit
    assert land.windows == production.windows
