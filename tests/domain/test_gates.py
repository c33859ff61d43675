"""What is allowed to a unit: derived, explained, and set by nobody."""

from typing import get_args

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.definition import Mode
from groundwork.domain.model import Role, WaitingOn
from groundwork.domain.rejections import Reason
from tests.domain.acceptance import MARKET, AcceptancePlay
from tests.domain.worlds import actor


def ready_to_produce(unit: str = "B1") -> AcceptancePlay:
    return AcceptancePlay().planned().accepted_unit(unit).settle(f"U07.{unit}").register(unit)


def test_every_condition_that_is_missing_is_named_with_its_holder() -> None:
    gate = AcceptancePlay().planned().gate("B1")
    assert not gate.open
    told = {one.id: (one.holder, one.waiting_on) for one in gate.missing}
    assert told == {
        "opinion": ("desk", WaitingOn.OTHER),
        "environment": ("enterprise", WaitingOn.OTHER),
        "equipment": ("market", WaitingOn.APPLICANT),
    }
    assert all(one.why.zh and one.why.en for one in gate.conditions)


def test_it_opens_for_one_unit_when_all_is_met_and_for_no_other() -> None:
    play = ready_to_produce()
    assert play.gate("B1").open
    assert not play.gate("B2").open
    assert play.happened()[-1] == "gate_opened"
    assert play.chain.units["B1"].open_gates == {"early-entry", "production"}


def test_early_entry_needs_the_main_structure_and_permits_installation_only() -> None:
    play = AcceptancePlay()
    assert not play.gate("B1", "early-entry").open
    play.settle("B01")
    early = play.gate("B1", "early-entry")
    assert early.open
    assert early.permits.en == "installation only"
    assert not play.gate("B1").open


def test_it_closes_when_a_decision_it_hangs_on_falls() -> None:
    play = ready_to_produce().do(cmd.Annul(step="U06.B1", reason="forged report"))
    assert play.missing("B1") == ["opinion"]
    closed = play.last[-1]
    assert (closed.type, getattr(closed, "missing", None)) == ("gate_closed", ("opinion",))


def test_a_shaken_red_line_of_the_unit_or_of_the_whole_closes_it() -> None:
    play = ready_to_produce().do(cmd.Annul(step="U02.B1", reason="forged fire test"))
    assert "red-lines" in play.missing("B1")
    whole = ready_to_produce().do(
        cmd.Annul(step="B01", reason="cracks"), actor(Role.DIRECTOR, "enterprise")
    )
    assert "red-lines" in whole.missing("B1")


def test_another_units_red_line_does_not() -> None:
    play = ready_to_produce().settle("U02.B2").do(cmd.Annul(step="U02.B2", reason="forged"))
    assert play.gate("B1").open


def test_no_command_opens_a_gate() -> None:
    for kind in get_args(get_args(cmd.AnyCommand)[0]):
        assert not {"gate", "open_gates", "production"} & kind.model_fields.keys()


@pytest.mark.parametrize("mode", [Mode.COMMITMENT, Mode.DEFICIENCY_TOLERANT])
def test_a_red_line_step_offers_no_way_around(mode: Mode) -> None:
    play = AcceptancePlay().planned()
    assert play.refused(cmd.ChooseMode(step="U02.B1", mode=mode)) is Reason.MODE_NOT_OFFERED


class TestEquipment:
    def test_its_registration_has_a_number_unless_there_is_none(self) -> None:
        play = AcceptancePlay()
        bare = cmd.RegisterEquipment(unit="B1")
        assert play.refused(bare, MARKET) is Reason.REASON_MISSING
        play.do(cmd.RegisterEquipment(unit="B1", document="crane 17"), MARKET)
        assert "equipment" not in play.missing("B1")

    def test_only_the_department_that_registers_it_says_so(self) -> None:
        none = cmd.RegisterEquipment(unit="B1", without_equipment=True)
        stranger = actor(Role.OFFICER, "desk")
        assert AcceptancePlay().refused(none, stranger) is Reason.OTHER_DEPARTMENT
