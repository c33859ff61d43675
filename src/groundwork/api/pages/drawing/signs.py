"""How a state is shown: by colour, shape, glyph and word, always all four."""

from types import MappingProxyType
from typing import Final, NamedTuple

from markupsafe import Markup

from groundwork.api.languages import Language, said
from groundwork.api.pages.drawing.svg import tag
from groundwork.domain.definition import Mode, Text
from groundwork.domain.model import Light, Step, StepState
from groundwork.domain.names import STATES
from groundwork.domain.views import step_light


class Sign(NamedTuple):
    """What stands for a state: `token` names its colours and its shape in the style sheet."""

    token: str
    glyph: str
    word: Text


SIGNS: Final = MappingProxyType(
    {
        Light.DONE: Sign("done", "✓", Text(zh="已办结", en="Done")),
        Light.GREEN: Sign("green", "●", Text(zh="正常办理", en="On time")),
        Light.YELLOW: Sign("yellow", "▲", Text(zh="即将到期", en="Due soon")),
        Light.RED: Sign("red", "■", Text(zh="已超期", en="Overdue")),
        Light.PAUSED: Sign("paused", "Ⅱ", Text(zh="补正停表", en="Clock stopped")),
        Light.TODO: Sign("todo", "○", Text(zh="未开始", en="Not started")),
    }
)
"""The six lights."""

EXEMPT: Final = Sign("exempt", "–", Text(zh="已豁免", en="Exempt"))
PREDICTED: Final = Sign("todo", "○", Text(zh="预计", en="Predicted"))
"""A step of a chain that is only rehearsed."""

_ENDED: Final = frozenset(
    {
        StepState.NOT_ACCEPTED,
        StepState.FAILED,
        StepState.RETURNED,
        StepState.WITHDRAWN,
        StepState.TERMINATED,
        StepState.REVOKED,
        StepState.ANNULLED,
        StepState.DROPPED,
    }
)
"""States in which an application ended without what it asked for: no light says that."""


def _ended(state: StepState) -> Sign:
    word = STATES[state]
    return Sign("ended", "×", Text(zh=word.zh, en=word.en.capitalize()))


_BY_STATE: Final = MappingProxyType(
    {state: _ended(state) for state in sorted(_ENDED)} | {StepState.EXEMPT: EXEMPT}
)

ALL: Final = MappingProxyType(
    {light.value: sign for light, sign in SIGNS.items()}
    | {state.value: sign for state, sign in _BY_STATE.items()}
)
"""Every sign by its code: that of a light, or of a state that no light says."""

_GRAVITY: Final = ("exempt", "done", "todo", "green", "ended", "paused", "yellow", "red")


def sign_of(step: Step) -> Sign:
    """The sign of a step: its light, or what became of it where the light says too little."""
    if step.state in _BY_STATE:
        return _BY_STATE[step.state]
    if step.mode is Mode.EXEMPT and step.state in {StepState.WAITING, StepState.READY}:
        return EXEMPT
    return SIGNS[step_light(step)]


def code_of(state: StepState, light: Light) -> str:
    """The code of a step's sign: its light's, or that of how it ended where no light says that."""
    return state.value if state in _BY_STATE else light.value


def gravest(signs: list[Sign]) -> Sign:
    """The sign that most needs somebody's attention."""
    return max(signs, key=lambda sign: _GRAVITY.index(sign.token))


def badge(sign: Sign, language: Language, word: str | None = None) -> Markup:
    """A sign as a label in running text; another word may say more than the sign's own."""
    glyph = tag("span", sign.glyph, aria_hidden="true")
    called = word or said(sign.word, language)
    return tag("span", glyph, f" {called}", class_=f"light light-{sign.token}")
