"""What a running chain is pinned to: names and policies of later versions do not reach it."""

from groundwork.api.shelf import Shelf
from groundwork.catalogue import loader
from groundwork.catalogue.loader import content_hash
from groundwork.domain import commands as cmd
from groundwork.domain import events as ev
from groundwork.domain.definition import ChainDefinition
from groundwork.domain.model import CommitmentState, Role
from groundwork.domain.rejections import Reason
from groundwork.domain.rules import Rules
from tests.domain.acceptance import acceptance_rules
from tests.domain.small import text
from tests.domain.worlds import actor
from tests.workflows.hard.taped import Taped, on_land
from tests.workflows.hard.town import Town

DESK = actor(Role.OFFICER, "desk")


def renamed() -> Rules:
    """The world of joint acceptance, published anew because the desk is called otherwise."""
    old = acceptance_rules()
    departments = tuple(
        one.model_copy(update={"name": text("service centre"), "short": text("centre")})
        if one.id == "desk"
        else one
        for one in old.definition.departments
    )
    changed = {**dict(old.definition), "version": "1.1.0", "departments": departments}
    return Rules(ChainDefinition(**changed), old.calendar)


async def test_a_renamed_department_keeps_its_open_steps_and_its_officers(town: Town) -> None:
    old = Taped().settle("B01").receive("B02").accept("B02")
    before = await town.follow(old)
    new = Taped("2026-03-05 09:00", rules=renamed()).settle("B01").receive("B02").accept("B02")
    after = await town.follow(new)
    # The name is another, the department is the same: one inbox holds both.
    inbox = (await town.reads.inbox("desk")).items
    assert {(before.id, "B02"), (after.id, "B02")} <= {
        (row["chain_id"], row["key"]) for row in inbox
    }
    # Each chain says the name it was launched under; lists that hold both say the newer one.
    assert "| B02 step B02 · step B02 | desk · desk |" in await before.details()
    assert "| B02 step B02 · step B02 | centre · centre |" in await after.details()
    shelf = Shelf((acceptance_rules().definition, renamed().definition))
    assert shelf.department_name("desk", "en") == "centre"
    # Its officers go on with both.
    for followed in (before, after):
        followed.play.at("2026-03-05 10:00").do(
            cmd.Decide.model_validate({"step": "B02", "result": "pass"}), DESK
        )
        await followed.catch_up()
        assert (await followed.step("B02"))["department"] == "desk"
        assert (await followed.step("B02"))["state"] == "passed"
    await before.replay()


async def test_a_raised_version_rules_new_chains_only(town: Town) -> None:
    sign = cmd.SignCommitment(step="L08", obligations=("as the law says",))
    old = on_land("1.0.0", modes={"L08": "commitment"}).settle("L01", "L02")
    followed = await town.follow(old)
    # While it runs, 1.1.0 is published: the newest version is what new chains are launched on.
    new = on_land(modes={"L08": "commitment"}, start="2026-03-04 09:00").settle("L01", "L02")
    later = await town.follow(new)
    pins = {one.play.chain.id: one.play.chain.launch.definition for one in (followed, later)}
    for version, chain in (("1.0.0", followed), ("1.1.0", later)):
        pinned = (await chain.chain()).launch.definition
        published = loader.get("land-to-construction", version)
        assert (pinned.version, pinned.hash) == (version, content_hash(published))
        row = await town.reads.chain(chain.id)
        assert row is not None
        assert row["definition_version"] == version
    assert len({pin.hash for pin in pins.values()}) == 2

    # Where no letter was needed none is, and nobody asks for credit; the new chain has both.
    old.at("2026-03-05 09:00").receive("L08").do(sign).accept("L08").decide("L08")
    await followed.catch_up()
    (promise,) = (await followed.chain()).commitments.values()
    assert promise.state is CommitmentState.IN_FORCE
    assert not any(isinstance(one, ev.CreditAsked) for one in await followed.events())
    new.at("2026-03-05 09:00").receive("L08")
    assert new.refused(sign) is Reason.LETTER_MISSING
    new.sign("L08").accept("L08").decide("L08")
    await later.catch_up()
    (letter,) = (await later.chain()).commitments.values()
    assert letter.state is CommitmentState.IN_FORCE
    asked = [one for one in await later.events() if isinstance(one, ev.CreditAsked)]
    assert [one.occasion for one in asked] == ["launch", "signing"]

    # When its day has passed, 1.0.0 leaves it to be verified; 1.1.0 counts it as broken.
    for chain, state in (
        (followed, CommitmentState.AWAITING_VERIFICATION),
        (later, CommitmentState.ARCHIVED),
    ):
        chain.play.wait("2026-07-01 09:00")
        await chain.catch_up()
        (promise,) = (await chain.chain()).commitments.values()
        assert promise.state is state
    assert len(town.fake.reports) == 1
    await followed.replay()
    await later.replay()
