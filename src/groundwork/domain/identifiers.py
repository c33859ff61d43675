"""Checks of the codes that applicants write: project codes and unified social credit codes.

A check never raises. It answers with the code in normal form and with findings: an error means that
the code cannot be one, a warning that an officer may take it with a reason.
"""

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum

from groundwork.domain.base import Frozen
from groundwork.domain.definition import Text

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V or Z. Their positions are their values."""

_USCC_LENGTH = 18
_USCC_REGION = slice(2, 8)
_USCC_ORGANISATION = slice(8, 17)
_USCC_WEIGHTS = tuple(pow(3, position, 31) for position in range(_USCC_LENGTH - 1))

_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

# [0-9], for \d also matches the digits of other scripts.
_PROJECT_CODE = re.compile(r"([0-9]{4})-([0-9]{6})-[0-9]{2}-[0-9]{2}-[0-9]{6}")
# What keyboards and word processors write for a hyphen.
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))


class Severity(StrEnum):
    """Whether a finding forbids the code or only asks for a reason."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(StrEnum):
    """What can be wrong with a code."""

    PROJECT_CODE_FORM = "project_code_form"
    PROJECT_CODE_TIME = "project_code_time"
    USCC_LENGTH = "uscc_length"
    USCC_ALPHABET = "uscc_alphabet"
    USCC_REGION = "uscc_region"
    USCC_CHECK_CHARACTER = "uscc_check_character"
    USCC_ORGANISATION_CODE = "uscc_organisation_code"


class Finding(Frozen):
    """One thing that is wrong with a code, and what to do about it."""

    code: FindingCode
    severity: Severity
    message: Text


class CodeCheck(Frozen):
    """What a check found: the code in normal form, the region it names, and the findings.

    `region` is the six-digit division code, None when the code has errors.
    """

    value: str
    region: str | None
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that nobody can override."""
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that an officer may override with a reason."""
        return tuple(f for f in self.findings if f.severity is Severity.WARNING)

    @property
    def clean(self) -> bool:
        """Whether nothing was found at all."""
        return not self.findings


def check_project_code(text: str) -> CodeCheck:
    """Check a code of GB/T 40058-2021: `2104-440784-04-01-123456`.

    The first group is a year and month (YYMM) or, in older codes, a year (YYYY). The last digit is
    a check digit whose rule is not published, so it is not checked.
    """
    value = _normal(text)
    match = _PROJECT_CODE.fullmatch(value)
    if match is None:
        return CodeCheck(value=value, region=None, findings=(_PROJECT_CODE_FORM,))
    time, region = match.groups()
    if not _is_plausible_time(time):
        return CodeCheck(value=value, region=None, findings=(_PROJECT_CODE_TIME,))
    return CodeCheck(value=value, region=region)


def lies_elsewhere(district: str, region: str) -> bool:
    """Whether a district is surely outside of a region, as a project code names it.

    Division codes (GB/T 2260) are nested: `440784` lies in `440700` and in `440000`, where projects
    are filed too. Of a district that is no such code, as a park or a town, it cannot be told.
    """
    if not (district.isascii() and district.isdigit() and len(district) == len(region)):
        return False
    within = region
    while within.endswith("00"):
        within = within.removesuffix("00")
    return not district.startswith(within)


def _is_plausible_time(group: str) -> bool:
    is_year = group.startswith("20")
    is_year_and_month = "01" <= group[2:] <= "12"
    return is_year or is_year_and_month


def check_uscc(text: str) -> CodeCheck:
    """Check a unified social credit code (GB 32100): `91440784MA0000015C`.

    A failing check character, of the whole or of the organisation code inside it (GB 11714), is
    only a warning: codes that fail have really been issued.
    """
    value = _normal(text)
    errors = tuple(_uscc_errors(value))
    if errors:
        return CodeCheck(value=value, region=None, findings=errors)
    return CodeCheck(value=value, region=value[_USCC_REGION], findings=tuple(_uscc_warnings(value)))


def _uscc_errors(value: str) -> Iterator[Finding]:
    if len(value) != _USCC_LENGTH:
        yield _error(
            FindingCode.USCC_LENGTH,
            f"统一社会信用代码应为18位，现为{len(value)}位，请补全或删去多余字符。",
            f"A unified social credit code has 18 characters; this has {len(value)}. "
            "Complete it or remove what is too much.",
        )
    if any(character not in USCC_ALPHABET for character in value):
        yield _USCC_ALPHABET_ERROR
    elif len(value) == _USCC_LENGTH and not value[_USCC_REGION].isdecimal():
        yield _USCC_REGION_ERROR


def _uscc_warnings(value: str) -> Iterator[Finding]:
    if value[-1] != uscc_check_character(value[:-1]):
        yield _USCC_CHECK_WARNING
    organisation = value[_USCC_ORGANISATION]
    if organisation[-1] != _organisation_check_character(organisation[:-1]):
        yield _USCC_ORGANISATION_WARNING


def uscc_check_character(first_17: str) -> str:
    """The 18th character that GB 32100 asks for after the first 17.

    Raises ValueError unless there are 17 characters of the alphabet.
    """
    if len(first_17) != _USCC_LENGTH - 1:
        raise ValueError("a check character follows exactly 17 characters")
    values = map(USCC_ALPHABET.index, first_17)
    total = sum(value * weight for value, weight in zip(values, _USCC_WEIGHTS, strict=True))
    # The outer modulo turns 31 into 0; without it one code in 31 has no check character.
    return USCC_ALPHABET[(31 - total % 31) % 31]


def _organisation_check_character(first_8: str) -> str:
    # GB 11714 values all letters, so A is 10 and Z would be 35: the values of base 36.
    values = (int(character, 36) for character in first_8)
    total = sum(value * w for value, w in zip(values, _ORGANISATION_WEIGHTS, strict=True))
    return "0123456789X"[(11 - total % 11) % 11]


def _normal(text: str) -> str:
    """Upper case, plain digits and dashes, nothing around: as a code is written in a register."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip().upper()


def _error(code: FindingCode, zh: str, en: str) -> Finding:
    return Finding(code=code, severity=Severity.ERROR, message=Text(zh=zh, en=en))


def _warning(code: FindingCode, zh: str, en: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message=Text(zh=zh, en=en))


_PROJECT_CODE_FORM = _error(
    FindingCode.PROJECT_CODE_FORM,
    "项目代码格式应为四位时间-六位区划-两位-两位-六位数字，如2104-440784-04-01-123456，请核对。",
    "A project code has digits in groups of 4-6-2-2-6, such as 2104-440784-04-01-123456. "
    "Compare it with the filing certificate.",
)
_PROJECT_CODE_TIME = _error(
    FindingCode.PROJECT_CODE_TIME,
    "项目代码首组既不是年份（如2019）也不是年月（如2104），请核对。",
    "The first group of the project code is neither a year (2019) nor a year and month (2104). "
    "Compare it with the filing certificate.",
)
_USCC_ALPHABET_ERROR = _error(
    FindingCode.USCC_ALPHABET,
    "统一社会信用代码只含数字和大写字母，且不含I、O、S、V、Z，请核对。",
    "A unified social credit code has digits and letters only, none of them I, O, S, V or Z. "
    "Compare it with the business licence.",
)
_USCC_REGION_ERROR = _error(
    FindingCode.USCC_REGION,
    "统一社会信用代码第3至8位应为数字（登记机关区划代码），请核对。",
    "Characters 3 to 8 of a unified social credit code are digits, the region of the register. "
    "Compare it with the business licence.",
)
_USCC_CHECK_WARNING = _warning(
    FindingCode.USCC_CHECK_CHARACTER,
    "统一社会信用代码校验位不符，请核对；确认无误的，经办人可说明理由后采用。",
    "The check character of the unified social credit code does not fit. Compare it with the "
    "business licence; an officer may accept it with a reason.",
)
_USCC_ORGANISATION_WARNING = _warning(
    FindingCode.USCC_ORGANISATION_CODE,
    "统一社会信用代码第9至17位（主体标识码）校验位不符，请核对；确认无误的，经办人可说明理由后采用。",
    "Characters 9 to 17 of the unified social credit code, the organisation code, fail their own "
    "check. Compare it with the business licence; an officer may accept it with a reason.",
)
