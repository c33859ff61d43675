"""Which language an answer speaks: Chinese unless the caller prefers English."""

from typing import Final, Literal

from groundwork.domain.definition import Text

Language = Literal["zh", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
DEFAULT: Final[Language] = "zh"
TAGS: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
"""What `Content-Language` says of each."""


def preferred(header: str | None) -> Language:
    """The language that an `Accept-Language` header asks for (RFC 9110, section 12.5.4)."""
    if not header:
        return DEFAULT
    best: tuple[float, Language] = (0.0, DEFAULT)
    for item in header.split(","):
        tag, _, parameters = item.partition(";")
        language = _known(tag.strip().lower())
        weight = _weight(parameters)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]


def known(name: str | None) -> Language | None:
    """The language of that name, if there is one."""
    return next((one for one in LANGUAGES if one == name), None)


def said(text: Text, language: Language) -> str:
    """A text in that language."""
    return text.en if language == "en" else text.zh


def half(text: str, language: Language) -> str:
    """Of a text that says `中文 · English`, the half in that language; others as they are."""
    zh, between, en = text.rpartition(" · ")
    if not between or not any("\u4e00" <= one <= "\u9fff" for one in zh):
        return text
    return en if language == "en" else zh


def _known(tag: str) -> Language | None:
    primary = tag.partition("-")[0]
    if primary == "en":
        return "en"
    return "zh" if primary in {"zh", "*"} else None


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
