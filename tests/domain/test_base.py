"""Days and moments are written out: a number is neither, although the validator would take it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from groundwork.domain.base import Day, Frozen, Moment


class Term(Frozen):
    """What a day and a moment stand in."""

    day: Day = date(2026, 4, 16)
    moment: Moment = datetime(2026, 4, 16, tzinfo=UTC)


@given(day=st.dates(), moment=st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_out_is_read(day: date, moment: datetime) -> None:
    written = Term.model_validate({"day": day.isoformat(), "moment": moment.isoformat()})
    assert (written.day, written.moment) == (day, moment)
    assert Term.model_validate_json(written.model_dump_json()) == written
    assert Term(day=day, moment=moment) == written


@pytest.mark.parametrize("field", ["day", "moment"])
@given(
    number=st.one_of(
        st.integers(), st.floats(), st.booleans(), st.integers().map(str), st.floats().map(str)
    )
)
def test_a_number_is_refused(field: str, number: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Term.model_validate({field: number})
    (error,) = refused.value.errors()
    assert error["type"] in {"date_from_datetime_parsing", "datetime_from_date_parsing"}
