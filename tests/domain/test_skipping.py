"""An errand that never succeeds is skipped, with who and why; nothing is guessed in its place."""

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.facts import CreditOccasion
from groundwork.domain.model import ChainState, CommitmentState, Role
from groundwork.domain.rejections import Reason
from groundwork.domain.views import open_errands, pending_filings
from tests.domain.acceptance import FIRM, AcceptancePlay
from tests.domain.small import COMMITTED, STANDARD, TOLERANT
from tests.domain.worlds import ENTERPRISE, HOUSEKEEPER, actor

KEY = "U03.B1"
OPERATOR = actor(Role.OPS)


def skip(errand: str) -> cmd.SkipErrand:
    return cmd.SkipErrand(errand=errand, reason="the bureau closed down")


def signed_while_away(*third_parties: str) -> AcceptancePlay:
    """A letter that waits for credit, which nobody answers."""
    play = AcceptancePlay(modes={KEY: COMMITTED}).planned()
    play.away = True
    play.receive(KEY, "application").draft(KEY, *third_parties)
    return play.do(cmd.SignCommitment(step=KEY))


def broken() -> AcceptancePlay:
    """A broken commitment whose record the source does not take."""
    play = AcceptancePlay(modes={KEY: COMMITTED}).planned().commit(KEY).accept(KEY).decide(KEY)
    play.away = True
    return play.wait("2026-06-09 00:00")


class TestALookUp:
    def test_is_ended_by_an_event_that_says_who_and_why(self) -> None:
        play = signed_while_away()
        (errand,) = open_errands(play.chain)
        (event,) = play.do(skip(errand), OPERATOR).last
        assert (event.type, event.by, event.key) == (
            "credit_check_skipped",
            OPERATOR,
            f"key-{play.numbered:06}",
        )
        assert event.model_dump()["reason"] == "the bureau closed down"
        assert open_errands(play.chain) == []

    def test_leaves_credit_unknown_neither_good_nor_bad(self) -> None:
        play = signed_while_away()
        (errand,) = open_errands(play.chain)
        play.do(skip(errand))
        assert play.chain.checks[errand].eligible is None
        assert play.promise().state is CommitmentState.SIGNED
        said = play.refusal(cmd.Accept(step=KEY))
        assert said.reason is Reason.CREDIT_UNKNOWN
        assert "重新核查" in said.sentence("zh")

    def test_is_made_up_for_by_a_fresh_one_of_everybody_it_was_about(self) -> None:
        play = signed_while_away(FIRM)
        (errand,) = open_errands(play.chain)
        play.do(skip(errand))
        play.away = False
        play.do(cmd.RecheckCredit())
        fresh = list(play.chain.checks.values())[-1]
        assert (fresh.occasion, fresh.subjects) == (
            CreditOccasion.SIGNING,
            play.chain.checks[errand].subjects,
        )
        assert FIRM in fresh.subjects
        assert play.promise().state is CommitmentState.IN_FORCE
        play.accept(KEY)

    def test_is_asked_again_once_for_each_letter(self) -> None:
        play = signed_while_away()
        for _ in range(2):
            for errand in open_errands(play.chain):
                play.do(skip(errand))
            play.do(cmd.RecheckCredit()).do(cmd.RecheckCredit())
            waiting = [play.chain.checks[one].occasion for one in open_errands(play.chain)]
            assert waiting.count(CreditOccasion.SIGNING) == 1

    def test_at_launch_changes_no_mode_by_itself_and_leaves_the_usual_way_open(self) -> None:
        play = AcceptancePlay(modes={KEY: COMMITTED, "U01": TOLERANT}, away=True)
        play.do(skip("credit-1"))
        assert play.step(KEY).mode is COMMITTED
        play.do(cmd.ChooseMode(step=KEY, mode=STANDARD))
        assert play.step(KEY).mode is STANDARD

    def test_tolerates_nothing_until_credit_is_known(self) -> None:
        play = AcceptancePlay(modes={"U01": TOLERANT}).planned()
        play.away = True
        play.do(cmd.Receive(step="U01.B1", materials=("survey", "fence"), promised=("greening",)))
        for errand in open_errands(play.chain):
            play.do(skip(errand))
        assert play.refused(cmd.Accept(step="U01.B1")) is Reason.CREDIT_UNKNOWN
        play.away = False
        play.do(cmd.RecheckCredit()).accept("U01.B1")

    def test_is_not_skipped_once_it_was_answered(self) -> None:
        play = AcceptancePlay(modes={KEY: COMMITTED})
        assert play.refused(skip("credit-1")) is Reason.NO_SUCH_ERRAND


class TestAFiling:
    def test_leaves_the_breach_as_it_is_and_the_record_to_people(self) -> None:
        play = broken()
        (report,) = pending_filings(play.chain)
        play.do(skip(report))
        assert pending_filings(play.chain) == []
        assert play.chain.filings[report].filed_at is None
        assert play.promise().state is CommitmentState.ARCHIVED
        assert play.promise().outcome is CommitmentState.BREACHED

    def test_may_be_skipped_when_the_chain_has_ended(self) -> None:
        play = broken().at("2026-06-09 10:00").do(cmd.TerminateChain(reason="gone"))
        (report,) = pending_filings(play.chain)
        assert play.refused(cmd.RecheckCredit()) is Reason.CHAIN_CLOSED
        play.do(skip(report))
        assert play.last[0].type == "credit_filing_skipped"
        assert play.chain.state is ChainState.TERMINATED
        assert play.refused(skip(report)) is Reason.NO_SUCH_ERRAND


@pytest.mark.parametrize("who", [ENTERPRISE, HOUSEKEEPER, actor(Role.OFFICER, "desk")])
def test_nobody_skips_what_concerns_them(who: object) -> None:
    play = signed_while_away()
    assert play.refused(skip(open_errands(play.chain)[0]), who) is Reason.NOT_PERMITTED  # type: ignore[arg-type]


def test_the_record_is_never_skipped_and_it_is_said_why() -> None:
    said = signed_while_away().refusal(skip("record"))
    assert said.reason is Reason.NEVER_SKIPPED
    assert "not on record happened to nobody" in said.sentence("en")
