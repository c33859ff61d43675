"""Which document serves which step, what is lacking, and where a document was used."""

from datetime import UTC, datetime, timedelta

import pytest

from groundwork.catalogue.loader import available, get
from groundwork.domain.bag import (
    Edition,
    Filed,
    Filing,
    FilingKind,
    HandIn,
    MaterialBook,
    Presence,
    bag_for_step,
    bag_of_chain,
    uses,
)
from groundwork.domain.documents import Scan, Unfit

LAND, DONE = "land-to-construction", "completion-to-production"
DEFINITIONS = [get(entry.id, entry.version) for entry in available()]
BOOK = MaterialBook(DEFINITIONS)
FIRST = get(LAND, "1.1.0")
SECOND = get(DONE, "1.0.0")
NOON = datetime(2026, 4, 1, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def filed(filing: Filing, *scans: Scan, name: str = "d-1") -> Filed:
    editions = [Edition(n, NOON + n * HOUR, scan) for n, scan in enumerate(scans, start=1)]
    return Filed(name, filing, editions or [Edition(1, NOON, Scan.CLEAN)])


def serves(filing: Filing, chain: str, key: str, material: str) -> bool:
    definition = FIRST if chain == LAND else SECOND
    found = definition.step(key).material(material)
    assert found is not None
    return BOOK.serves(filing, chain, key, found)


class TestWhatServesWhat:
    def test_one_document_serves_every_step_that_asks_for_the_material(self) -> None:
        scheme = BOOK.material("design-scheme")
        assert serves(scheme, LAND, "L07", "design-scheme")
        assert serves(scheme, LAND, "L17", "design-scheme")
        assert not serves(scheme, LAND, "L07", "site-plan")

    def test_the_same_paper_serves_steps_of_other_chains(self) -> None:
        receipt = BOOK.material("deed-tax-receipt")
        assert serves(receipt, LAND, "L14", "deed-tax-receipt")
        assert serves(receipt, DONE, "C18", "deed-tax-receipt")

    def test_an_id_that_means_another_paper_elsewhere_must_name_its_chain(self) -> None:
        with pytest.raises(Unfit) as refused:
            BOOK.material("survey-report")
        assert refused.value.params["known"] == f"{DONE}/survey-report, {LAND}/survey-report"
        survey = BOOK.material(f"{LAND}/survey-report")
        assert serves(survey, LAND, "L11", "survey-report")
        assert not serves(survey, DONE, "C09.B1", "survey-report")

    def test_an_output_serves_where_the_material_comes_from_that_step(self) -> None:
        permit = BOOK.output(f"{LAND}/L20")
        assert serves(permit, DONE, "C01", "construction-permit")
        assert not serves(permit, DONE, "C01", "production-plan")
        assert serves(BOOK.output(f"{DONE}/C03"), DONE, "C04", "assessment-report")

    def test_a_document_of_one_building_serves_that_building_alone(self) -> None:
        report = BOOK.material("completion-report", "B1")
        assert serves(report, DONE, "C08.B1", "completion-report")
        assert not serves(report, DONE, "C08.B2", "completion-report")
        assert serves(BOOK.material("completion-report"), DONE, "C08.B2", "completion-report")

    def test_an_attachment_serves_nothing(self) -> None:
        assert not serves(Filing(kind=FilingKind.FREE), LAND, "L07", "design-scheme")

    @pytest.mark.parametrize("given", ["", "nonsense", "L07/design-scheme", f"{LAND}/L20"])
    def test_what_no_chain_asks_for_is_refused(self, given: str) -> None:
        with pytest.raises(Unfit, match="document_material_unknown"):
            BOOK.material(given)

    def test_a_material_is_no_output(self) -> None:
        with pytest.raises(Unfit, match="document_material_unknown"):
            BOOK.output(f"{LAND}/design-scheme")


class TestWhatIsLacking:
    def test_is_told_step_by_step(self) -> None:
        documents = [filed(BOOK.material("design-scheme")), filed(BOOK.material("site-plan"))]
        bag = bag_for_step(BOOK, documents, FIRST, "L07")
        assert bag.ready == ("design-scheme", "site-plan")
        assert bag.missing == ("pipeline-opinion",)
        needs = {need.material.id: need for need in bag.needs}
        assert needs["pipeline-opinion"].tolerable
        assert needs["pipeline-opinion"].committable
        assert needs["pipeline-opinion"].cure is not None
        assert not needs["design-scheme"].tolerable
        assert needs["design-scheme"].cure is None

    def test_red_lines_may_lack_nothing(self) -> None:
        for definition in DEFINITIONS:
            for bag in bag_of_chain(BOOK, [], definition):
                if bag.definition.never_tolerable:
                    assert not any(one.tolerable or one.committable for one in bag.needs)

    def test_a_document_that_waits_for_the_scanner_is_not_ready(self) -> None:
        waiting = filed(BOOK.material("site-plan"), Scan.PENDING)
        bag = bag_for_step(BOOK, [waiting], FIRST, "L07")
        assert bag.needs[1].presence is Presence.PENDING
        assert "site-plan" not in bag.ready + bag.missing

    def test_an_infected_version_leaves_the_one_before_it(self) -> None:
        plan = BOOK.material("site-plan")
        both = filed(plan, Scan.CLEAN, Scan.INFECTED)
        assert bag_for_step(BOOK, [both], FIRST, "L07").ready == ("site-plan",)
        only = filed(plan, Scan.INFECTED)
        assert "site-plan" in bag_for_step(BOOK, [only], FIRST, "L07").missing

    def test_every_step_that_asks_for_something_is_listed_before_launch(self) -> None:
        bags = bag_of_chain(BOOK, [], FIRST)
        assert [bag.key for bag in bags] == [step.id for step in FIRST.steps if step.materials]
        assert all(bag.mode is None and bag.missing for bag in bags)


class TestWhereItWasUsed:
    def test_the_version_is_the_one_that_was_there_then(self) -> None:
        scheme = filed(BOOK.material("design-scheme"), Scan.CLEAN, Scan.CLEAN)
        chain = f"{LAND}.2603-440784-04-01-558123"
        before, between, after = (NOON, NOON + HOUR * 1.5, NOON + HOUR * 9)
        hand_ins = [
            HandIn(chain, LAND, "L07", "design-scheme", before),
            HandIn(chain, LAND, "L07", "design-scheme", between),
            HandIn(chain, LAND, "L17", "design-scheme", after),
            HandIn(chain, LAND, "L17", "pre-review-opinion", after),
        ]
        found = uses(BOOK, [scheme], {chain: FIRST}, hand_ins)
        assert [(one.hand_in.step, one.version) for one in found] == [("L07", 1), ("L17", 2)]

    def test_a_definition_that_is_gone_is_told_by_ids(self) -> None:
        scheme = filed(BOOK.material("design-scheme"))
        hand_in = HandIn("x", LAND, "L07", "design-scheme", NOON + HOUR)
        assert [one.document for one in uses(BOOK, [scheme], {}, [hand_in])] == ["d-1"]
