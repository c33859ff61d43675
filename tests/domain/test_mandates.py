"""Acting for another: under whose role, within which limits, and about whom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain import commands as cmd
from groundwork.domain.mandates import (
    DELEGABLE,
    Affair,
    Mandate,
    acting,
    authorise_for,
    covers,
    may_stand_in,
)
from groundwork.domain.model import Actor, Role
from groundwork.domain.policy import PERMITTED, permits
from groundwork.domain.rejections import Reason, Rejection
from tests.domain.worlds import Play

ME = Actor(id="p-me", role=Role.OFFICER, department="desk")
COLLEAGUE = Actor(id="p-colleague", role=Role.OFFICER, department="desk")
LEADER = Actor(id="p-leader", role=Role.DEPUTY_LEADER, department="desk")
AS_COLLEAGUE = Mandate(id="a-1", principal=COLLEAGUE)
AS_LEADER = Mandate(id="a-2", principal=LEADER)
TO_EXTEND = Mandate(id="d-1", principal=LEADER, actions=frozenset({"extend"}))


def by(actor: Actor) -> tuple[str, Role, str | None, str | None]:
    return actor.id, actor.role, actor.on_behalf_of, actor.mandate


class TestAsWhom:
    def test_for_oneself_where_ones_own_role_may(self) -> None:
        assert acting(ME, Affair("decide"), [AS_LEADER, AS_COLLEAGUE]) == ME

    def test_for_whoever_lets_one_where_it_may_not(self) -> None:
        assert by(acting(ME, Affair("extend"), [AS_LEADER])) == (
            "p-me",
            Role.DEPUTY_LEADER,
            "p-leader",
            "a-2",
        )

    def test_for_the_assignee_whose_place_one_takes(self) -> None:
        affair = Affair("decide", "chain", "L08", "p-colleague")
        assert by(acting(ME, affair, [AS_LEADER, AS_COLLEAGUE]))[2:] == ("p-colleague", "a-1")
        assert acting(ME, affair, [AS_LEADER]) == ME

    def test_for_whom_one_says(self) -> None:
        assert acting(ME, Affair("decide"), [AS_LEADER], "p-leader").on_behalf_of == "p-leader"
        own = Affair("decide", assignee="p-colleague")
        assert acting(ME, own, [AS_COLLEAGUE], "p-me") == ME

    @pytest.mark.parametrize("wanted", ["p-leader", "p-stranger"])
    def test_never_for_whom_nothing_lets_one(self, wanted: str) -> None:
        with pytest.raises(Rejection) as caught:
            acting(ME, Affair("decide"), [TO_EXTEND], wanted)
        assert caught.value.reason is Reason.NO_MANDATE

    def test_who_may_not_at_all_is_refused_as_oneself(self) -> None:
        assert acting(ME, Affair("terminate_chain"), [AS_LEADER]) == ME


class TestLimits:
    @pytest.mark.parametrize(
        ("limits", "affair", "reaches"),
        [
            ({}, Affair("extend", "c1", "L08"), True),
            ({}, Affair("revoke", "c1", "L08"), False),
            ({"chains": {"c1"}}, Affair("extend", "c1", "L08"), True),
            ({"chains": {"c1"}}, Affair("extend", "c2", "L08"), False),
            ({"chains": {"c1"}}, Affair("extend"), False),
            ({"steps": {"L08"}}, Affair("extend", "c1", "L08"), True),
            ({"steps": {"L20"}}, Affair("extend", "c1", "L20.A"), True),
            ({"steps": {"L20.A"}}, Affair("extend", "c1", "L20.B"), False),
            ({"steps": {"L08"}}, Affair("extend", "c1"), False),
        ],
    )
    def test_hold(self, limits: dict[str, set[str]], affair: Affair, reaches: bool) -> None:
        frozen = {name: frozenset(value) for name, value in limits.items()}
        assert covers(TO_EXTEND.model_copy(update=frozen), affair) is reaches

    @given(
        st.sampled_from(sorted(set(Role) - {Role.SYSTEM})),
        st.sampled_from(sorted(PERMITTED)),
        st.sets(st.sampled_from(sorted(DELEGABLE)), min_size=1),
    )
    def test_nobody_lends_what_they_have_not(
        self, role: Role, action: str, actions: set[str]
    ) -> None:
        principal = Actor(id="p-other", role=role, department="desk")
        mandate = Mandate(id="d-1", principal=principal, actions=frozenset(actions))
        actor = acting(ME, Affair(action), [mandate])
        assert actor.id == ME.id
        if actor.on_behalf_of is not None:
            assert permits(role, action)
            assert action in actions
            assert not permits(ME.role, action)


def test_the_core_judges_the_role_acted_under_and_records_who_it_was() -> None:
    play = Play().receive("A01").accept("A01")
    extend = cmd.Extend(step="A01", amount=1, reason="专家论证")
    assert play.refused(extend, ME) is Reason.NOT_PERMITTED
    lent = acting(ME, Affair("extend", "c", "A01"), [TO_EXTEND])
    event = play.do(extend, lent).last[-1]
    assert by(event.by) == ("p-me", Role.DEPUTY_LEADER, "p-leader", "d-1")
    assert event.by.department == "desk"


class TestAboutWhom:
    @pytest.mark.parametrize("action", ["set_absence", "read_duties"])
    def test_oneself_those_below_and_anybody_for_an_administrator(self, action: str) -> None:
        authorise_for(ME, action, ME)
        authorise_for(LEADER, action, ME)
        authorise_for(Actor(id="root", role=Role.ADMINISTRATOR), action, LEADER)
        for actor, person in ((ME, COLLEAGUE), (ME, LEADER)):
            with pytest.raises(Rejection) as caught:
                authorise_for(actor, action, person)
            assert caught.value.reason is Reason.OTHER_PERSON

    def test_another_department_is_none_of_ones_business(self) -> None:
        elsewhere = LEADER.model_copy(update={"department": "review"})
        with pytest.raises(Rejection):
            authorise_for(elsewhere, "set_absence", ME)

    def test_a_substitute_hands_on_the_work_but_does_not_prolong_the_absence(self) -> None:
        stand_in = AS_LEADER.lent_to(ME)
        authorise_for(stand_in, "reassign", LEADER)
        with pytest.raises(Rejection):
            authorise_for(stand_in, "set_absence", LEADER)

    def test_only_a_leader_delegates(self) -> None:
        with pytest.raises(Rejection) as caught:
            authorise_for(ME, "delegate", ME)
        assert caught.value.reason is Reason.NOT_PERMITTED


def test_who_may_stand_in() -> None:
    assert may_stand_in(LEADER, ME)
    assert not may_stand_in(ME, ME)
    assert not may_stand_in(ME, ME.model_copy(update={"id": "x", "department": "review"}))
    housekeeper = Actor(id="h1", role=Role.HOUSEKEEPER)
    assert may_stand_in(housekeeper, housekeeper.model_copy(update={"id": "h2"}))
    assert not may_stand_in(housekeeper, Actor(id="root", role=Role.ADMINISTRATOR))
