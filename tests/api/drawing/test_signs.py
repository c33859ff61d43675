"""A state is a sign of its own, the same in labels and in drawings."""

import pytest

from groundwork.api.pages.drawing.marks import symbols
from groundwork.api.pages.drawing.signs import ALL, badge, gravest, sign_of
from groundwork.domain.definition import Mode
from groundwork.domain.model import Light, Step, StepState
from groundwork.domain.views import step_light


@pytest.mark.parametrize("status", sorted(ALL))
def test_a_badge_has_glyph_word_and_the_class_of_its_looks(status: str) -> None:
    sign = ALL[status]
    drawn = badge(sign, "en")
    assert sign.glyph in drawn
    assert sign.word.en in drawn
    assert f'class="light light-{sign.token}"' in drawn


def test_a_badge_may_say_more_and_escapes_it() -> None:
    assert "&lt;3 days&gt;" in badge(ALL["red"], "en", "<3 days>")


@pytest.mark.parametrize("state", StepState)
def test_every_state_has_a_sign_with_a_mark(state: StepState) -> None:
    for lit in Light:
        sign = sign_of(Step(key="A", state=state, light=lit))
        assert symbols([sign.token], "x")
        if sign.token in list(Light):
            assert sign.token == step_light(Step(key="A", state=state, light=lit))


@pytest.mark.parametrize(
    "state", ["failed", "withdrawn", "returned", "not_accepted", "revoked", "annulled"]
)
def test_an_application_that_came_to_nothing_is_not_shown_as_done(state: str) -> None:
    assert sign_of(Step(key="A", state=StepState(state))).token == "ended"


def test_a_step_to_be_exempt_is_shown_so_from_the_launch() -> None:
    assert sign_of(Step(key="A", mode=Mode.EXEMPT)).token == "exempt"


def test_glyphs_and_words_tell_the_lights_apart_without_colour() -> None:
    lights = [ALL[one.value] for one in Light]
    assert len({one.glyph for one in lights}) == len(lights)
    assert len({one.word.zh for one in lights}) == len({one.word.en for one in lights}) == 6


def test_the_gravest_sign_speaks_for_many() -> None:
    assert gravest([ALL["done"], ALL["red"], ALL["yellow"]]).token == "red"
    assert gravest([ALL["done"], ALL["todo"], ALL["exempt"]]).token == "todo"
