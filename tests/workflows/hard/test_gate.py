"""The conversion gate on the engine: the land goes to another than the firm of the pre-review."""

from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import Variant
from groundwork.domain.model import ChainState, DecisionResult
from groundwork.domain.rejections import Reason
from groundwork.workflows.ports import ChainOutcome
from tests.domain.worlds import OTHER_USCC
from tests.workflows.hard.taped import Taped, on_land
from tests.workflows.hard.town import Town

PRE_REVIEWED = ("L07", "L12", "L13")


def pre_reviewed() -> Taped:
    """The design was reviewed before the auction, its opinion on pipelines still to follow."""
    play = on_land("1.1.0", variant=Variant.FAST).settle("L01", "L02", "L03")
    play.receive("L07", lacking=("pipeline-opinion",)).accept("L07")
    play.decide("L07", "pass_with_tolerance").settle("L12", "L13", "L04", "L05", "L06")
    return play.at("2026-03-10 10:00").receive("L14").accept("L14")


async def test_another_winner_ends_the_chain_and_gives_the_pre_review_no_effect(
    town: Town,
) -> None:
    play = pre_reviewed().do(
        cmd.Decide(
            step="L14",
            result=DecisionResult.PASS,
            winner_uscc=OTHER_USCC,
            planning_conditions_changed=False,
        )
    )
    followed = await town.follow(play)
    outcome = await followed.handle.result()
    assert ChainOutcome.model_validate(outcome).state is ChainState.TERMINATED
    chain = await followed.chain()
    assert "竞得人" in chain.ending
    for key in PRE_REVIEWED:
        decision = chain.steps[key].decision
        assert decision is not None
        assert not decision.legal_effect
    assert not any(isinstance(one, ev.PreReviewConverted) for one in await followed.events())
    # What was promised for it is closed, and nobody is put on record for it.
    (deficiency,) = (await followed.deficiencies()).values()
    assert deficiency["state"] == "dropped"
    assert town.fake.reports == {}
    row = await town.reads.chain(followed.id)
    assert row is not None
    assert (row["state"], row["snapshot"]) == ("terminated", chain)


async def test_the_firm_of_the_pre_review_converts_it(town: Town) -> None:
    play = pre_reviewed().decide("L14")
    followed = await town.follow(play)
    chain = await followed.chain()
    assert chain.state is ChainState.RUNNING
    for key in PRE_REVIEWED:
        decision = chain.steps[key].decision
        assert decision is not None
        assert decision.legal_effect
    again = cmd.Decide(step="L14", result=DecisionResult.PASS, winner_uscc=OTHER_USCC)
    assert play.refused(again) is Reason.WRONG_STATE
    await followed.catch_up()
