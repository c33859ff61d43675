"""Credit policies: the built-in one, a chain's own, and what the check says of a wrong one."""

from pathlib import Path

import pytest

from groundwork.catalogue.check import BUILT_IN, check_file
from groundwork.catalogue.credit_policies import DEFAULT_CREDIT, default_credit, load_credit
from groundwork.catalogue.loader import CatalogueError, content_hash, load_chain
from groundwork.domain.credit import CreditKind, Severity
from groundwork.domain.definition import LimitUnit
from tests.catalogue.planting import CHAIN, Plot

CREDIT = BUILT_IN / "credit" / f"{DEFAULT_CREDIT}.yaml"
USED = "ladder: default-1.0.0\ncredit: default-1.0.0\n"


def own_section() -> str:
    """The built-in policy as a section of a chain, by the chain's own tags."""
    text = CREDIT.read_text(encoding="utf-8")
    section = text[text.index("\ncredit:\n") + 1 :]
    for tag in ("XY36", "CN42", "GZ18", "FX"):
        section = section.replace(tag, "P")
    return section


def test_the_built_in_policy_says_what_the_law_says() -> None:
    policy = default_credit()
    months = {
        severity: (terms.minimum.amount, terms.maximum.amount)
        for severity, terms in policy.terms.items()
    }
    assert months == {Severity.MINOR: (0, 3), Severity.GENERAL: (3, 12), Severity.SERIOUS: (12, 36)}
    assert policy.commitment.severities == (Severity.SERIOUS,)
    assert policy.commitment.kinds == (CreditKind.FALSE_COMMITMENT,)
    assert set(policy.tolerance.severities) == set(Severity)
    assert policy.third_parties.kinds == (CreditKind.FAILED_REPORT,)
    assert (policy.loss.months.amount, policy.loss.months.unit) == (6, LimitUnit.MONTHS)
    assert policy.breaches[CreditKind.FALSE_COMMITMENT].severity is Severity.SERIOUS
    assert policy.breaches[CreditKind.OVERDUE_COMMITMENT].severity is Severity.GENERAL
    assert "36" in policy.terms[Severity.GENERAL].minimum.source


def test_a_chain_names_a_policy_or_brings_its_own(tmp_path: Path) -> None:
    named = Plot(tmp_path).plant("ladder: default-1.0.0\n", USED)
    assert named.harvest() == []
    assert load_chain(named.file).credit == default_credit()
    own = Plot(tmp_path).plant("\ndepartments:\n", f"\n{own_section()}\ndepartments:\n")
    assert own.harvest() == []
    policy = load_chain(own.file).credit
    assert policy is not None
    assert policy.terms[Severity.SERIOUS].maximum.amount == 36


def test_a_chain_that_asks_for_no_credit_keeps_its_hash(tmp_path: Path) -> None:
    chain = load_chain(CHAIN)
    assert chain.credit is None
    named = Plot(tmp_path).plant("ladder: default-1.0.0\n", USED)
    named.harvest()
    with_credit = load_chain(named.file)
    assert content_hash(with_credit) != content_hash(chain)
    assert content_hash(with_credit.model_copy(update={"credit": None})) == content_hash(chain)


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("minimum: 0 mo XY36", "minimum: 4 mo XY36", "credit.terms.minor.minimum", "exceeds"),
        ("maximum: 12 mo XY36", "maximum: 40 mo XY36", "credit.terms.serious.maximum", "Graver"),
        ("minimum: 3 mo XY36", "minimum: 90 cd XY36", "credit.terms.general.minimum", "months"),
        ("6 mo GZ18", "6 mo GZ19", "credit.loss.months", "GZ19"),
        ("source: CN42", "source: CN43", "credit.commitment.source", "CN43"),
        ("kinds: [failed_report]", "kinds: [fail]", "credit.third_parties.kinds", "fail"),
        ("version: 1.0.0", "version: 1.0.1", "version", "file name"),
    ],
)
def test_the_check_explains(tmp_path: Path, old: str, new: str, field: str, says: str) -> None:
    folder = tmp_path / "credit"
    folder.mkdir()
    mistakes = Plot(folder, CREDIT).plant(old, new).harvest()
    assert mistakes
    assert any(one.path.startswith(field) and says in str(one) for one in mistakes), mistakes
    with pytest.raises(CatalogueError):
        load_credit(folder / CREDIT.name)


def test_every_severity_and_breach_must_be_there(tmp_path: Path) -> None:
    for line in (
        "    minor: {minimum: 0 mo XY36, maximum: 3 mo XY36}\n",
        "    failed_report: {severity: general, source: P}\n",
    ):
        assert len(Plot(tmp_path, CREDIT).plant(line, "").harvest()) == 1


def test_a_policy_that_is_nowhere_is_looked_for_in_vain(tmp_path: Path) -> None:
    plot = Plot(tmp_path).plant(
        "ladder: default-1.0.0\n", USED.replace("credit: default", "credit: defaut")
    )
    (mistake,) = plot.harvest()
    assert mistake.path == "credit"
    assert 'Did you mean "default-1.0.0"' in str(mistake)
    assert check_file(CREDIT) == []
