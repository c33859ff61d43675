"""A newer definition adopted mid-flight: what is to come changes, what was and was told stays."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition, Edge
from groundwork.domain.fitness import Misfit, obstacles, version_key
from groundwork.domain.fold import fold
from groundwork.domain.impact import upgrade_impact
from groundwork.domain.model import SYSTEM, DefinitionRef, Light, Role, StepState
from groundwork.domain.rejections import Reason, Rejection
from groundwork.domain.rules import Rules
from tests.domain.acceptance import B1, TWO_OFFICERS, AcceptancePlay
from tests.domain.ladders import carded_rules
from tests.domain.newer import Edit, newer, on, promised, without
from tests.domain.small import COMMITTED, LADDER, STANDARD, TOLERANT, material, rung, step
from tests.domain.worlds import Play, actor, local, rules_in_catalogue, small_rules


def named(version: str = "1.1.0") -> str:
    """The content hash of that version."""
    return f"hash-{version}"


def knowing(rules: Rules, definition: ChainDefinition) -> Rules:
    """The rules of a worker that has the newer definition at hand."""
    return replace(rules, definitions={named(definition.version): definition}.__getitem__)


def command(version: str = "1.1.0") -> cmd.AdoptDefinition:
    return cmd.AdoptDefinition(version=version, hash=named(version))


def adopt(play: Play, definition: ChainDefinition) -> ev.DefinitionAdopted:
    """Let the play go by the definition; the event."""
    play.rules = knowing(play.rules, definition)
    play.do(command(definition.version), SYSTEM)
    play.rules = play.rules.of(play.chain)
    (found,) = [one for one in play.last if isinstance(one, ev.DefinitionAdopted)]
    assert fold(play.events) == play.chain
    return found


def edited(edit: Edit | None = None, **changes: Any) -> ChainDefinition:
    return newer(small_rules().definition, edit=edit, **changes)


def misfits(play: Play, definition: ChainDefinition) -> list[tuple[Misfit, str | None]]:
    rules = knowing(play.rules, definition)
    found = obstacles(play.rules, rules.by(named(definition.version)), play.chain, play.now)
    for one in found:
        assert "{" not in one.sentence.zh + one.sentence.en
    play.rules = rules
    refusal = play.refusal(command(definition.version), SYSTEM)
    assert refusal.reason is Reason.DEFINITION_UNFIT
    assert all(one.sentence.en in refusal.sentence("en") for one in found)
    return [(one.misfit, one.step) for one in found]


class TestWhatChanges:
    def test_a_running_clock_counts_its_new_limit_from_its_old_beginning(self) -> None:
        play = Play().receive("A01").accept("A01").at("2026-03-02 12:00")
        adopted = adopt(play, edited(promised("A01", 4)))
        (term,) = adopted.terms
        assert (term.before, term.after) == (date(2026, 3, 4), date(2026, 3, 6))
        assert adopted.limits["A01"].amount == 4
        assert play.step("A01").due_on == date(2026, 3, 6)
        assert play.chain.definition == DefinitionRef(id="small", version="1.1.0", hash=named())
        assert adopted.previous == play.chain.launch.definition

    def test_steps_come_and_steps_that_nobody_began_go(self) -> None:
        play = Play().settle("A01")
        fewer = edited(without("A09"))
        changed = newer(fewer, steps=(*fewer.steps, step("A12", "A01"), step("A13", "A12")))
        adopted = adopt(play, changed)
        assert adopted.added == {"A12": STANDARD, "A13": STANDARD}
        assert adopted.removed == ("A09",)
        assert "A09" not in play.chain.steps
        assert play.step("A12").state is StepState.READY
        assert play.step("A13").state is StepState.WAITING

    def test_a_step_that_was_ready_waits_for_a_new_one_before_it(self) -> None:
        play = Play().settle("A01")
        first = newer(edited(), steps=(*edited().steps, step("A00")))
        after = (Edge(step="A01"), Edge(step="A00"))
        adopt(play, newer(first, "1.2.0", edit=on("A03", after=after)))
        assert play.step("A03").state is StepState.WAITING
        assert play.settle("A00").step("A03").state is StepState.READY

    def test_new_steps_come_in_every_building(self) -> None:
        play = AcceptancePlay()
        definition = play.rules.definition
        fanned = next(one for one in definition.steps if one.per_unit)
        more = fanned.model_copy(update={"id": "B99", "joint": False, "consulted": ()})
        adopted = adopt(play, newer(definition, "9.0.0", steps=(*definition.steps, more)))
        assert set(adopted.added) == {"B99.B1", "B99.B2"}

    def test_adopting_it_again_changes_nothing(self) -> None:
        play = Play()
        adopt(play, edited())
        assert play.do(command(), SYSTEM).happened() == []

    def test_a_term_that_the_definition_leaves_alone_keeps_its_day(self) -> None:
        play = Play().settle("A01").receive("A02").accept("A02")
        due_on = play.step("A02").due_on
        assert adopt(play.at("2026-03-04 09:00"), edited(promised("A03", 1))).terms == ()
        assert play.step("A02").due_on == due_on


class TestWhoVisitsASite:
    """From completion to production: 1.1.0 asks for officers by name, 1.0.0 did not."""

    chain, key = "completion-to-production", "C13.B1"

    def asked(self) -> AcceptancePlay:
        """Joint acceptance of the one building, whose departments are asked."""
        play = AcceptancePlay(rules=rules_in_catalogue(self.chain, "1.0.0"), units=(B1,))
        while play.step(self.key).state is StepState.WAITING:
            ready = [one for one in play.chain.steps.values() if one.state is StepState.READY]
            play.settle(ready[0].key)
        return play.receive(self.key).accept(self.key)

    def newest(self) -> ChainDefinition:
        return rules_in_catalogue(self.chain, "1.1.0").definition

    def agreed(self, play: AcceptancePlay) -> AcceptancePlay:
        """All who are asked agree."""
        asked = play.step(self.key).consultation
        assert asked is not None
        for department in asked.departments:
            play.say(self.key, actor(Role.OFFICER, department))
        return play

    def test_a_visit_to_come_needs_them_from_then_on(self) -> None:
        play = self.asked()
        assert adopt(play, self.newest()).terms == ()
        alone = cmd.RecordVisit(step=self.key, visited_on=play.now.date())
        assert play.refused(alone) is Reason.VISIT_OFFICERS_MISSING
        self.agreed(play).visit(self.key, *TWO_OFFICERS).decide(self.key)
        assert play.step(self.key).state is StepState.PASSED
        assert fold(play.events) == play.chain

    def test_one_that_was_held_without_stands(self) -> None:
        play = self.asked().visit(self.key)
        adopt(play, self.newest())
        self.agreed(play).decide(self.key)
        assert play.step(self.key).state is StepState.PASSED


class TestNothingPastIsUndone:
    def test_what_became_late_escalates_now_and_what_got_time_is_eased(self) -> None:
        play = Play().settle("A01").receive("A02").accept("A02").at("2026-03-06 09:00")
        adopt(play, edited(promised("A02", 2)))
        assert play.rungs("A02")[:2] == [
            ("yellow", "2026-03-06 09:00"),
            ("red", "2026-03-06 09:00"),
        ]
        play.rules = knowing(play.rules, newer(edited(), "1.2.0", edit=promised("A02", 30)))
        play.at("2026-03-09 09:00").do(command("1.2.0"), SYSTEM)
        assert play.step("A02").light is Light.GREEN
        assert ("red", "2026-03-06 09:00") in play.rungs("A02"), "the card was true and stays"

    def test_an_extension_and_a_stop_hold_on(self) -> None:
        play = Play().settle("A01").receive("A02").accept("A02").extend("A02", 2)
        play.at("2026-03-03 09:00").stop("A02", "2026-03-10")
        adopt(play.at("2026-03-04 09:00"), edited(promised("A02", 12)))
        play.at("2026-03-05 09:00").resume("A02")
        other = Play(Rules(edited(promised("A02", 12)), play.rules.calendar))
        other.settle("A01").receive("A02").accept("A02").extend("A02", 2)
        other.at("2026-03-03 09:00").stop("A02", "2026-03-10")
        other.at("2026-03-05 09:00").resume("A02")
        assert play.step("A02").due_on == other.step("A02").due_on

    def test_nobody_is_late_on_the_day_itself(self) -> None:
        play = Play().receive("A01")
        windows = small_rules().definition.windows
        short = windows.acceptance.model_copy(update={"amount": 1})
        changed = windows.model_copy(update={"acceptance": short})
        adopt(play.at("2026-03-06 10:00"), edited(windows=changed))
        assert local(play.step("A01").accept_by) == "2026-03-07 00:00"


class TestWhatDoesNotFit:
    def test_a_chain_of_another_kind_and_an_older_version(self) -> None:
        assert misfits(Play(), edited(id="other")) == [(Misfit.OTHER_CHAIN, None)]
        assert misfits(Play(), newer(edited(), "0.9.0")) == [(Misfit.NOT_NEWER, None)]
        assert version_key("1.10.0") > version_key("1.9.1") > version_key("1.9.x")

    def test_a_step_that_has_begun_or_is_decided(self) -> None:
        play = Play().settle("A01")
        gone = misfits(play, edited(without("A01", "A10")))
        assert gone == [(Misfit.STEP_GONE, "A01"), (Misfit.STEP_GONE, "A10")]

    def test_what_a_step_at_hand_relies_on(self) -> None:
        play = Play(modes={"A02": COMMITTED}).settle("A01").receive("A02").sign("A02").accept("A02")
        assert misfits(play, edited(on("A02", lead="desk"))) == [(Misfit.LEAD_CHANGED, "A02")]
        assert misfits(play, edited(on("A02", modes=(STANDARD,)))) == [(Misfit.MODE_GONE, "A02")]
        assert misfits(play, edited(on("A02", promised={}))) == [(Misfit.LIMIT_GONE, "A02")]
        phased = Play(phases={"A08": ("A", "B")})
        assert misfits(phased, edited(on("A08", phases=()))) == [
            (Misfit.SPREAD_CHANGED, "A08.A"),
            (Misfit.SPREAD_CHANGED, "A08.B"),
        ]

    def test_what_was_told_in_writing(self) -> None:
        play = Play(modes={"A02": TOLERANT}).settle("A01")
        play.receive("A02", lacking=("opinion",)).accept("A02")
        kept = tuple(one for one in play.rules.step("A02").materials if one.id != "opinion")
        gone = on("A02", materials=kept)
        assert misfits(play, edited(gone)) == [(Misfit.MATERIAL_GONE, "A02")]
        shorter = on("A02", materials=(*kept, material("opinion", 3)))
        assert misfits(play, edited(shorter)) == [(Misfit.TERM_SHORTENED, "A02")]
        longer = adopt(play, edited(on("A02", materials=(*kept, material("opinion", 9)))))
        assert [(one.kind, one.after > one.before) for one in longer.terms] == [
            (ev.TermKind.DEFICIENCY, True)
        ]

    def test_a_card_without_its_rung(self) -> None:
        play = Play(carded_rules()).receive("A01").accept("A01").wait("2026-03-06 09:00")
        renamed = (*LADDER[:2], rung(3, "orange_card", days_past_due=1), *LADDER[3:])
        changed = newer(play.rules.definition, ladder=renamed)
        assert (Misfit.CARD_GONE, "A01") in misfits(play, changed)

    def test_parts_of_the_chain_and_gates_that_stand_open(self) -> None:
        play = AcceptancePlay()
        definition = play.rules.definition
        bare = newer(definition, "9.0.0", joint=None, units=None)
        assert misfits(play, bare) == [(Misfit.PART_GONE, None)] * 2
        unit = play.chain.units["B1"].model_copy(update={"open_gates": ("production",)})
        play.chain = play.chain.model_copy(update={"units": {**play.chain.units, "B1": unit}})
        closed = newer(definition, "9.0.0", gates=())
        assert misfits(play, closed) == [(Misfit.GATE_GONE, None)]

    def test_a_joint_acceptance_that_comes_midway(self) -> None:
        play = Play().receive("A01").accept("A01")
        assert misfits(play, edited(on("A01", joint=True))) == [(Misfit.JOINT_CHANGED, "A01")]

    def test_a_definition_under_another_version_s_name(self) -> None:
        play = Play(replace(small_rules(), definitions={named("1.2.0"): edited()}.__getitem__))
        assert play.refused(command("1.2.0"), SYSTEM) is Reason.UNKNOWN_DEFINITION


class TestThePreview:
    def test_it_says_what_the_adoption_would_do_and_changes_nothing(self) -> None:
        play = Play().settle("A01").receive("A02").accept("A02").at("2026-03-06 09:00")
        shorter = edited(promised("A02", 2))
        changed = newer(shorter, steps=(*shorter.steps, step("A12", "A01")))
        play.rules = knowing(play.rules, changed)
        reference = DefinitionRef(id="small", version=changed.version, hash=named(changed.version))
        found = upgrade_impact(play.rules, play.chain, reference, play.now)
        assert (found.added, found.late) == (("A12",), ("A02",))
        assert [one.key for one in found.moved] == ["A02"]
        assert [one.rung for one in found.appearing][:2] == ["yellow", "red"]
        adopted = adopt(play, changed)
        assert tuple(one for one in adopted.terms if one.moved) == found.moved

    def test_what_does_not_fit_is_told(self) -> None:
        play = Play().settle("A01")
        play.rules = knowing(play.rules, edited(without("A01")))
        reference = DefinitionRef(id="small", version="1.1.0", hash=named())
        with pytest.raises(Rejection, match="definition_unfit"):
            upgrade_impact(play.rules, play.chain, reference, play.now)
