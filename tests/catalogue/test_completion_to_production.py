"""The completion-to-production chain is what the city's procedures say, figure by figure."""

import re

import pytest

from groundwork.catalogue.loader import content_hash, get
from groundwork.catalogue.rules.graph import circles, downstream, never_ready, order_of
from groundwork.domain.definition import (
    BreachKind,
    ChainDefinition,
    ConditionKind,
    Consequence,
    LimitUnit,
    Mode,
    Provenance,
    StopReason,
    Variant,
)

ID = "completion-to-production"
FIRST_HASH = "103c18fed8c829fdd3aaf752e83e63b91627757d387ab225f6cbc6577fa1b6b9"
"""Running chains are pinned by it."""
WD, CD, MO = LimitUnit.WORKING_DAYS, LimitUnit.CALENDAR_DAYS, LimitUnit.MONTHS
S, C, D, X = Mode.STANDARD, Mode.COMMITMENT, Mode.DEFICIENCY_TOLERANT, Mode.EXEMPT


@pytest.fixture(scope="module", params=["1.0.0", "1.1.0"])
def chain(request: pytest.FixtureRequest) -> ChainDefinition:
    return get(ID, request.param)


def steps_with(chain: ChainDefinition, flag: str) -> list[str]:
    return [step.id for step in chain.steps if getattr(step, flag)]


NAMES = {
    "C01": "完工即投产准入核验", "C02": "主体结构分部验收", "C03": "第三方安全评估",
    "C04": "提前装修、设备进场承诺备案", "C05": "验收辅导", "C06": "联合测绘",
    "C07": "分栋分批方案确认", "C08": "单位工程竣工验收", "C09": "规划条件核实",
    "C10": "消防验收（备案抽查）", "C11": "人防、防雷专项验收",
    "C12": "可承诺专项（档案、通信、排水、绿化）", "C13": "联合踏勘与意见汇总",
    "C14": "容缺承诺与限期补正", "C15": "单体联合验收意见书", "C16": "环保设施自主验收与排污许可",
    "C17": "整体收口与竣工验收备案", "C18": "不动产首次登记",
}  # fmt: skip


def test_it_has_the_18_steps_in_order(chain: ChainDefinition) -> None:
    assert {step.id: step.name.zh for step in chain.steps} == NAMES
    assert list(NAMES) == [step.id for step in chain.steps]
    assert chain.workflow_type == "CompletionToProduction"
    assert chain.follows == "land-to-construction"
    assert chain.routes == ()


DEPENDENCIES = {
    "C01": "", "C02": "C01", "C03": "C02", "C04": "C01 C03", "C05": "C01", "C06": "C02",
    "C07": "C05", "C08": "C02 C07", "C09": "C06 C08", "C10": "C08", "C11": "C08", "C12": "C08",
    "C13": "C09 C10 C11 C12", "C14": "C13", "C15": "C13", "C16": "C08", "C17": "C14 C15",
    "C18": "C15",
}  # fmt: skip


@pytest.mark.parametrize("variant", Variant)
def test_both_variants_run_in_the_same_order(chain: ChainDefinition, variant: Variant) -> None:
    order = order_of(chain, variant)
    assert {step: " ".join(before) for step, before in order.items()} == DEPENDENCIES
    assert list(circles(order)) == []
    assert never_ready(order) == frozenset()
    assert downstream(order, "C01") == set(NAMES) - {"C01"}


LEADS = {
    "C01": "housing-construction", "C02": "construction-entity", "C03": "construction-entity",
    "C04": "housing-construction", "C05": "housing-construction", "C06": "construction-entity",
    "C07": "housing-construction", "C08": "construction-entity", "C09": "natural-resources",
    "C10": "housing-construction", "C11": "civil-defence", "C12": "archives",
    "C13": "housing-construction", "C14": "housing-construction", "C15": "housing-construction",
    "C16": "construction-entity", "C17": "housing-construction", "C18": "land-registry",
}  # fmt: skip
ACCEPTORS = (
    "natural-resources fire-rescue civil-defence meteorology archives telecom water "
    "urban-management"
)
CONSULTED = {
    "C01": "emergency ecology-environment fire-rescue park-committee", "C02": "quality-safety",
    "C03": "emergency housing-construction", "C04": "emergency fire-rescue market-supervision",
    "C05": ACCEPTORS, "C06": "natural-resources civil-defence",
    "C07": "natural-resources fire-rescue civil-defence", "C08": "quality-safety",
    "C09": "urban-management", "C10": "fire-rescue", "C11": "meteorology",
    "C12": "telecom water urban-management", "C13": ACCEPTORS, "C16": "ecology-environment",
    "C17": ACCEPTORS, "C18": "tax",
}  # fmt: skip


def test_each_step_has_its_lead_and_its_departments(chain: ChainDefinition) -> None:
    assert {step.id: step.lead for step in chain.steps} == LEADS
    consulted = {step.id: " ".join(step.consulted) for step in chain.steps if step.consulted}
    assert consulted == CONSULTED
    for step in chain.steps:
        for department in (step.lead, *step.consulted):
            assert chain.department(department).short.en


PROMISED = {
    "C01": (3, 3), "C04": (1, 1), "C05": (5, 5), "C07": (3, 3), "C09": (5, 5), "C10": (7, 7),
    "C11": (3, 3), "C12": (3, 1), "C13": (5, 5), "C15": (1, 1), "C17": (1, 1), "C18": (3, 1),
}  # fmt: skip


def test_promises_are_working_days_until_the_city_confirms_them(chain: ChainDefinition) -> None:
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


STATUTORY = {
    "C03": [(5, WD, False, "part", "Groundwork")],
    "C05": [(2, MO, False, "part", "中山")],
    "C06": [(8, WD, False, "part", "Groundwork")],
    "C08": [(7, WD, True, "part", "171")],
    "C09": [(20, WD, False, "whole", "第四十二条")],
    "C10": [(15, WD, False, "case", "未经核对"), (5, WD, False, "part", "消防"),
            (15, WD, False, "case", "未经核对")],
    "C11": [(20, WD, False, "case", "第四十二条"), (10, WD, False, "case", "未经核对")],
    "C17": [(15, CD, False, "part", "第四十九条")],
    "C18": [(30, WD, False, "whole", "未经核对")],
}  # fmt: skip


def test_statutory_figures_say_what_they_measure_and_where_they_come_from(
    chain: ChainDefinition,
) -> None:
    told = {step.id: step.statutory for step in chain.steps if step.statutory}
    assert told.keys() == STATUTORY.keys()
    for key, figures in STATUTORY.items():
        for limit, (amount, unit, at_least, measures, source) in zip(
            told[key], figures, strict=True
        ):
            assert (limit.amount, limit.unit, limit.at_least) == (amount, unit, at_least), key
            assert (limit.part is not None) == (measures == "part"), key
            assert (limit.case is not None) == (measures == "case"), key
            assert source in limit.source, key
            unsure = any(word in limit.source for word in ("待市里确认", "未经核对"))
            assert unsure == (limit.provenance is Provenance.DEFAULT), key


MODES = {"C04": [C], "C09": [S, D], "C11": [S, X], "C12": [C, D, S], "C18": [S, D]}


def test_modes_go_with_exemptions_and_notices(chain: ChainDefinition) -> None:
    for step in chain.steps:
        assert list(step.modes) == MODES.get(step.id, [S]), step.id
        assert (step.exemption is not None) == (X in step.modes), step.id
        assert (step.commitment is not None) == (C in step.modes), step.id


CURES = {
    ("C04", "zoning-plan"): (5, WD),
    ("C09", "landscaping"): (90, CD),
    ("C12", "construction-archives"): (90, CD),
    ("C12", "telecom-acceptance"): (60, CD),
    ("C12", "drainage-acceptance"): (60, CD),
    ("C18", "deed-tax-receipt"): (10, WD),
}


def test_what_may_be_lacking_has_its_term_and_is_never_on_a_red_line(
    chain: ChainDefinition,
) -> None:
    cures = {
        (step.id, material.id): (material.cure.amount, material.cure.unit)
        for step in chain.steps
        for material in step.materials
        if material.cure is not None
    }
    assert cures == CURES
    red = steps_with(chain, "never_tolerable")
    assert red == ["C02", "C03", "C10", "C11", "C16"]
    assert all(chain.step(key).modes[0] is S and C not in chain.step(key).modes for key in red)


OUTPUTS = {
    ("C01", "construction-permit"): "land-to-construction/L20",
    ("C04", "assessment-report"): "C03",
    ("C09", "survey-report"): "C06",
    ("C15", "summary-opinion"): "C13",
    ("C17", "building-opinions"): "C15",
    ("C18", "planning-certificate"): "C09",
}


def test_materials_that_another_step_hands_out_name_it(chain: ChainDefinition) -> None:
    outputs = {
        (step.id, material.id): material.output_of
        for step in chain.steps
        for material in step.materials
        if material.output_of is not None
    }
    assert outputs == OUTPUTS
    before = get("land-to-construction").step("L20")
    assert before.output.zh == "施工许可证"


def test_buildings_are_accepted_one_by_one_and_the_rest_once(chain: ChainDefinition) -> None:
    assert steps_with(chain, "per_unit") == [f"C{number:02}" for number in range(8, 17)]
    assert steps_with(chain, "confirms_units") == ["C07"]
    assert steps_with(chain, "joint") == ["C13"]
    assert steps_with(chain, "settles_cures") == ["C14"]
    assert chain.step("C14").materials == ()
    assert steps_with(chain, "applicant_owned") == ["C02", "C03", "C06", "C08", "C16"]
    assert chain.units is not None
    assert (chain.units.name.zh, chain.units.most) == ("单体", 60)


def test_clocks_stop_for_the_reasons_of_each_step(chain: ChainDefinition) -> None:
    assert {step.id: set(step.stops) for step in chain.steps if step.stops} == {
        "C03": {StopReason.APPRAISAL},
        "C06": {StopReason.INSPECTION},
        "C07": {StopReason.DESIGN_CHANGE},
        "C09": {StopReason.RECTIFICATION},
        "C10": {StopReason.RECTIFICATION, StopReason.INSPECTION},
        "C11": {StopReason.INSPECTION},
        "C13": {StopReason.RECTIFICATION},
        "C16": {StopReason.INSPECTION, StopReason.PUBLICITY},
    }


GATES = {
    "early-entry": [("step", "C02"), ("step", "C03"), ("step", "C04")],
    "use": [("step", "C15")],
    "production": [
        ("step", "C15"), ("step", "C16"), ("equipment", "market-supervision"), ("red_line", None)
    ],
}  # fmt: skip


def test_gates_hang_on_what_the_law_asks_for(chain: ChainDefinition) -> None:
    gates = {
        gate.id: [(one.kind.value, one.step or one.holder) for one in gate.conditions]
        for gate in chain.gates
    }
    assert gates == GATES
    assert [gate.id for gate in chain.gates if gate.closes_chain] == ["production"]
    entry, use, production = chain.gates
    assert "仅限装修、设备安装" in entry.permits.zh
    assert "不得投入生产" in use.permits.zh
    laws = {one.id: one.source for one in production.conditions if one.kind is ConditionKind.STEP}
    assert all(name in laws["opinion"] for name in ("第十六条", "第六十一条", "第十三条"))
    assert "第十九条" in laws["environment"]


def test_promises_have_their_terms_and_sources(chain: ChainDefinition) -> None:
    terms = chain.promises
    assert terms is not None
    assert len(terms.undertakings) == 5
    assert terms.reminders == (10, 3, 0)
    assert (terms.verification.amount, terms.verification.unit) == (60, CD)
    assert terms.officers == 2
    assert "第三十四条" in terms.officers_source
    assert (terms.publication.amount, terms.publication.unit) == (5, CD)
    assert terms.consequences == {
        BreachKind.FALSE: Consequence.ANNUL,
        BreachKind.OVERDUE: Consequence.RECHECK,
        BreachKind.NON_CONFORMING: Consequence.RECHECK,
    }
    assert "第六十九条" in terms.consequences_source
    assert chain.joint is not None
    assert (chain.joint.reply.amount, chain.joint.reinspection.amount) == (3, 3)
    assert "仅限部门内部意见" in chain.joint.silence_source
    assert chain.credit is not None


def test_the_first_version_is_still_what_chains_were_pinned_to() -> None:
    assert content_hash(get(ID, "1.0.0")) == FIRST_HASH


def test_the_second_version_only_asks_for_two_officers_on_a_site_visit() -> None:
    first, second = get(ID, "1.0.0"), get(ID, "1.1.0")
    assert first.joint is not None
    assert second.joint is not None
    assert first.joint.visit is None
    visit = second.joint.visit
    assert visit is not None
    assert (visit.officers, "第三十四条" in visit.source) == (2, True)
    joint = second.joint.model_copy(update={"visit": None})
    assert second.model_copy(update={"joint": joint, "version": "1.0.0"}) == first


def test_every_source_is_spelled_out_in_both_languages(chain: ChainDefinition) -> None:
    def sources(value: object) -> list[str]:
        if isinstance(value, dict):
            here = [v for k, v in value.items() if "source" in k or k == "basis"]
            return [*here, *(s for v in value.values() for s in sources(v))]
        if isinstance(value, list):
            return [source for one in value for source in sources(one)]
        return []

    found = sources(chain.model_dump(mode="json"))
    assert len(found) > 60
    for source in found:
        assert re.search("[\u4e00-\u9fff]", source), source
        assert " · " in source, source
