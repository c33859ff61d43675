"""Project codes and unified social credit codes."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from groundwork.domain.identifiers import (
    USCC_ALPHABET,
    FindingCode,
    Severity,
    check_project_code,
    check_uscc,
    lies_elsewhere,
    uscc_check_character,
)

VALID_USCCS = ["91440784MA0000015C", "91440784MA00003300", "91440784MA0000285Y"]

uscc_bodies = st.builds(
    lambda head, region, tail: head + region + tail,
    st.text(USCC_ALPHABET, min_size=2, max_size=2),
    st.text("0123456789", min_size=6, max_size=6),
    st.text(USCC_ALPHABET, min_size=9, max_size=9),
)


def sum_modulo_31(code: str) -> int:
    """The defining equation of the check, with the check character weighted 1."""
    total = USCC_ALPHABET.index(code[17])
    weight = 1
    for character in code[:17]:
        total += USCC_ALPHABET.index(character) * weight
        weight = weight * 3 % 31
    return total % 31


class TestUscc:
    @pytest.mark.parametrize("code", VALID_USCCS)
    def test_a_correct_code_is_clean_and_names_its_region(self, code: str) -> None:
        check = check_uscc(code)
        assert check.clean
        assert check.region == "440784"

    @pytest.mark.parametrize(
        "written",
        [
            " 91440784ma0000015c\n",
            "９１４４０７８４ＭＡ０００００１５Ｃ",
        ],
    )
    def test_a_code_is_put_into_normal_form(self, written: str) -> None:
        assert check_uscc(written).value == "91440784MA0000015C"
        assert check_uscc(written).clean

    @given(body=uscc_bodies)
    def test_the_check_character_fulfils_the_equation(self, body: str) -> None:
        code = body + uscc_check_character(body)
        assert sum_modulo_31(code) == 0
        assert FindingCode.USCC_CHECK_CHARACTER not in {f.code for f in check_uscc(code).findings}

    @given(body=uscc_bodies, last=st.sampled_from(USCC_ALPHABET))
    def test_any_other_check_character_is_a_warning_only(self, body: str, last: str) -> None:
        assume(last != uscc_check_character(body))
        check = check_uscc(body + last)
        assert not check.errors
        assert check.warnings[0].code is FindingCode.USCC_CHECK_CHARACTER

    @given(body=uscc_bodies, position=st.integers(8, 16), other=st.sampled_from(USCC_ALPHABET))
    def test_one_mistyped_character_is_noticed(self, body: str, position: int, other: str) -> None:
        assume(other != body[position])
        code = body + uscc_check_character(body)
        mistyped = code[:position] + other + code[position + 1 :]
        assert FindingCode.USCC_CHECK_CHARACTER in {f.code for f in check_uscc(mistyped).warnings}

    @given(body=uscc_bodies, position=st.integers(8, 15))
    def test_two_swapped_neighbours_are_noticed(self, body: str, position: int) -> None:
        assume(body[position] != body[position + 1])
        code = body + uscc_check_character(body)
        swapped = code[:position] + code[position + 1] + code[position] + code[position + 2 :]
        assert FindingCode.USCC_CHECK_CHARACTER in {f.code for f in check_uscc(swapped).warnings}

    def test_a_failing_organisation_code_is_a_warning_of_its_own(self) -> None:
        body = "91440784MA0000016"
        check = check_uscc(body + uscc_check_character(body))
        assert [f.code for f in check.findings] == [FindingCode.USCC_ORGANISATION_CODE]
        assert check.warnings == check.findings

    @pytest.mark.parametrize(
        ("text", "codes"),
        [
            ("", [FindingCode.USCC_LENGTH]),
            ("91440784MA0000015", [FindingCode.USCC_LENGTH]),
            ("91440784MA0000015CC", [FindingCode.USCC_LENGTH]),
            ("91440784MA00000I5C", [FindingCode.USCC_ALPHABET]),
            ("91440784MA-000015C", [FindingCode.USCC_ALPHABET]),
            ("91440784MA٠٠٠٠015C", [FindingCode.USCC_ALPHABET]),
            ("91A40784MA0000015C", [FindingCode.USCC_REGION]),
            ("91440784MO", [FindingCode.USCC_LENGTH, FindingCode.USCC_ALPHABET]),
        ],
    )
    def test_what_cannot_be_a_code_is_an_error(self, text: str, codes: list[FindingCode]) -> None:
        check = check_uscc(text)
        assert [f.code for f in check.errors] == codes
        assert not check.warnings
        assert check.region is None

    @given(text=st.text(max_size=40))
    def test_a_check_never_raises_and_speaks_both_languages(self, text: str) -> None:
        for finding in (*check_uscc(text).findings, *check_project_code(text).findings):
            assert finding.message.zh.endswith("。")
            assert finding.message.en.endswith(".")

    def test_a_check_character_needs_17_characters(self) -> None:
        with pytest.raises(ValueError, match="17"):
            uscc_check_character("91440784")


class TestProjectCode:
    @pytest.mark.parametrize(
        "code",
        [
            "2104-440784-04-01-123456",
            "2019-440784-30-03-012345",
            "2012-440784-04-01-123456",
            "2611-440784-04-01-000000",
        ],
    )
    def test_a_year_and_month_or_a_year_may_lead(self, code: str) -> None:
        check = check_project_code(code)
        assert check.clean
        assert check.region == "440784"

    @pytest.mark.parametrize(
        "written",
        [
            "\t2104-440784-04-01-123456 ",
            "２１０４－４４０７８４－０４－０１－１２３４５６",
            "2104–440784—04−01‐123456",
        ],
    )
    def test_a_code_is_put_into_normal_form(self, written: str) -> None:
        assert check_project_code(written).value == "2104-440784-04-01-123456"
        assert check_project_code(written).clean

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "2104-440784-04-01-12345",
            "2104-440784-04-01-1234567",
            "210444078404-01-123456",
            "2104-44078X-04-01-123456",
            "2104-440784-04-01-12345X",
            "٢١٠٤-440784-04-01-123456",
            "2104-440784-04-01-123456\n2104-440784-04-01-123456",
        ],
    )
    def test_another_form_is_an_error(self, text: str) -> None:
        check = check_project_code(text)
        assert [(f.code, f.severity) for f in check.findings] == [
            (FindingCode.PROJECT_CODE_FORM, Severity.ERROR)
        ]
        assert check.region is None

    @pytest.mark.parametrize("time", ["1913", "2100", "2113", "0000", "9999"])
    def test_a_time_that_is_neither_year_nor_month_is_an_error(self, time: str) -> None:
        check = check_project_code(f"{time}-440784-04-01-123456")
        assert [f.code for f in check.errors] == [FindingCode.PROJECT_CODE_TIME]

    @given(last=st.integers(0, 9))
    def test_the_check_digit_is_not_judged(self, last: int) -> None:
        assert check_project_code(f"2104-440784-04-01-12345{last}").clean


@pytest.mark.parametrize(
    ("district", "region", "elsewhere"),
    [
        ("440784", "440784", False),
        ("440784", "440700", False),
        ("440784", "440000", False),
        ("440784", "000000", False),
        ("440784", "440703", True),
        ("440784", "441700", True),
        ("440784", "330000", True),
        # A city is not in its district, and of a town it cannot be told.
        ("440700", "440784", True),
        ("gonghe", "440703", False),
        ("４４０７８４", "440703", False),
        ("", "440703", False),
    ],
)
def test_divisions_lie_in_those_that_their_codes_begin_with(
    district: str, region: str, *, elsewhere: bool
) -> None:
    assert lies_elsewhere(district, region) is elsewhere
