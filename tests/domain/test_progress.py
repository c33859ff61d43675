"""What the public may know of a chain: where it stands, what to do now, and never who."""

from datetime import date

from groundwork.domain import commands as cmd
from groundwork.domain.calendar import local_date
from groundwork.domain.forecast import forecast, promised
from groundwork.domain.outlook import outlook
from groundwork.domain.progress import Progress, StageState, progress
from tests.domain.acceptance import REVIEW, WATER, AcceptancePlay
from tests.domain.small import COMMITTED
from tests.domain.test_joint import AGREE, DISAGREE, KEY, PUT_RIGHT, asked
from tests.domain.test_promises import committed, tolerated
from tests.domain.worlds import Play, rules_in_catalogue


def seen(play: Play) -> Progress:
    return progress(play.rules, play.chain, play.now)


def todo(play: Play) -> set[tuple[str, str]]:
    return {(one.deed.value, one.step) for one in seen(play).todo}


def real() -> Play:
    return Play(rules_in_catalogue("land-to-construction", "1.1.0"))


class TestWhatToDo:
    def test_hand_in_what_is_ready(self) -> None:
        assert ("hand_in", "A01") in todo(Play())

    def test_nothing_on_a_step_that_the_department_has(self) -> None:
        play = Play().receive("A01")
        assert not [one for one in seen(play).todo if one.step == "A01"]
        (step,) = [one for one in seen(play).now if one.step == "A01"]
        assert step.waiting_on == "department"
        assert step.term is not None
        assert step.term.working_days_left > 0

    def test_correct_what_the_notice_names(self) -> None:
        play = Play().receive("A01")
        play.do(cmd.RequestCorrection(step="A01", items=("缺一页",), materials=()))
        assert ("correct", "A01") in todo(play)
        assert "缺一页" not in seen(play).model_dump_json()

    def test_nothing_any_more_when_the_chain_is_withdrawn(self) -> None:
        play = Play()
        play.do(cmd.WithdrawChain(reason="不做了"))
        told = seen(play)
        assert (told.now, told.next, told.todo, told.expected) == ((), (), (), None)
        assert told.finished_on == date(2026, 3, 2)
        assert "不做了" not in told.model_dump_json()


class TestPromises:
    def test_a_tolerated_material_is_to_follow_by_its_day(self) -> None:
        play = tolerated()
        (deficiency,) = play.chain.deficiencies.values()
        (one,) = [one for one in seen(play).todo if one.deed == "cure"]
        assert one.term is not None
        assert one.term.on == deficiency.cure_by
        assert one.material is not None

    def test_a_commitment_is_to_be_kept_by_its_day(self) -> None:
        play = committed()
        (promise,) = play.chain.commitments.values()
        assert promise.state == "in_force"
        (one,) = [one for one in seen(play).todo if one.deed == "perform"]
        assert one.term is not None
        assert one.term.on == promise.due_on

    def test_a_letter_is_to_be_signed_for_its_building_whose_name_stays_unsaid(self) -> None:
        play = AcceptancePlay(modes={"U03": COMMITTED}).planned().receive("U03.B1", "application")
        play.do(cmd.DraftCommitment(step="U03.B1", obligations=("typed by hand",)))
        (one,) = [one for one in seen(play).todo if one.deed == "sign"]
        assert (one.step, one.unit) == ("U03.B1", "B1")
        told = seen(play).model_dump_json()
        assert "typed by hand" not in told
        assert not [unit.name for unit in play.chain.units.values() if f'"{unit.name}"' in told]

    def test_what_a_joint_visit_found_is_to_be_put_right_by_its_day(self) -> None:
        play = asked().say(KEY, REVIEW, DISAGREE, "no lane").say(KEY, WATER, AGREE)
        play.visit(KEY).do(PUT_RIGHT)
        (one,) = [one for one in seen(play).todo if one.deed == "put_right"]
        assert one.term is not None
        assert (one.step, one.term.on) == (KEY, PUT_RIGHT.planned_end)
        assert not [item for item in PUT_RIGHT.items if item in seen(play).model_dump_json()]
        play.do(cmd.SubmitRectification(step=KEY, document="doc"))
        assert "put_right" not in {deed for deed, _ in todo(play)}


class TestStages:
    def test_are_todo_then_current_then_done(self) -> None:
        play = real()
        assert [stage.state for stage in seen(play).stages][:2] == [
            StageState.CURRENT,
            StageState.TODO,
        ]
        keys = [key for key in play.chain.steps if play.rules.step(key).stage == "land"]
        before = seen(play).stages[0]
        assert (before.done, before.total) == (0, len(keys))
        play.settle(*keys)
        told = seen(play)
        assert told.stages[0].state is StageState.DONE
        assert told.stages[0].done == len(keys)
        assert told.stage != "land"

    def test_come_in_the_definitions_order_after_a_stay_in_the_store(self) -> None:
        play = real()
        steps = dict(sorted(play.chain.steps.items(), reverse=True))
        stored = play.chain.model_copy(update={"steps": steps})
        assert progress(play.rules, stored, play.now) == seen(play)


class TestDays:
    def test_what_comes_next_comes_first_in_the_forecast(self) -> None:
        play = real()
        view = forecast(play.rules, play.chain.launch.variant, play.now, chain=play.chain)
        starts = {one.step: one.earliest_start for one in view.steps}
        waiting = {key for key, step in play.chain.steps.items() if step.state == "waiting"}
        told = seen(play).next
        assert {one.step for one in told} <= waiting
        assert {starts[one.step] for one in told} == {min(starts[key] for key in waiting)}

    def test_the_promise_is_the_forecast_at_the_launch_and_stays(self) -> None:
        play = real()
        first = forecast(play.rules, play.chain.launch.variant, play.now, chain=play.chain)
        assert seen(play).promised_on == first.finish
        assert promised(play.rules, play.chain) == first.finish
        play.receive("L01").accept("L01").wait("2026-04-01 10:00")
        told = seen(play)
        assert told.promised_on == first.finish
        assert told.expected is not None
        assert told.expected.on > first.finish

    def test_an_outlook_says_what_the_forecast_says(self) -> None:
        for play in (
            real(),
            real().receive("L01").accept("L01").wait("2026-04-01 10:00"),
            real().receive("L01").accept("L01").decide("L01"),
            committed(),
            tolerated(),
        ):
            view = forecast(play.rules, play.chain.launch.variant, play.now, chain=play.chain)
            one = outlook(play.rules, play.chain, play.now)
            assert (one.finish, one.provisional) == (view.finish, view.provisional)
            assert one.remaining_working_days == view.remaining_working_days
            assert one.blocking in view.critical_path
            assert play.chain.steps[one.blocking].state not in {"passed", "exempt"}
            calendar = play.rules.calendar
            assert one.behind == calendar.count_working_days(one.promised, one.finish)
            assert local_date(play.now) <= one.finish
