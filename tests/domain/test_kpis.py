"""Percentiles by nearest rank, shares and compression."""

from collections import Counter
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from groundwork.domain.definition import Provenance
from groundwork.domain.kpis import Reference, Share, compression, nearest_rank, times

PUBLISHED = Reference(amount=55, provenance=Provenance.PROMISED, source="S2")
VALUES = st.lists(st.integers(0, 400), min_size=1, max_size=60)


@given(VALUES, st.integers(1, 100))
def test_a_percentile_is_the_value_at_its_rank(values: list[int], percent: int) -> None:
    expected = sorted(values)[ceil(percent * len(values) / 100) - 1]
    assert nearest_rank(Counter(values), percent) == expected


@given(VALUES)
def test_times_are_those_of_the_values(values: list[int]) -> None:
    found = times(Counter(values), PUBLISHED)
    assert (found.n, found.shortest, found.longest) == (len(values), min(values), max(values))
    assert found.within == sum(value <= PUBLISHED.amount for value in values)


def test_of_nothing_there_is_no_percentile() -> None:
    assert nearest_rank({}, 50) is None
    assert nearest_rank({7: 0}, 90) is None
    assert times({}) == (0, None, None, None, None, None)
    assert Share(n=0, hits=0).percent is None


def test_the_published_compression() -> None:
    assert compression(PUBLISHED, 36) == 34.5
    assert compression(PUBLISHED, 66) == -20.0
    assert compression(None, 36) is None
    assert compression(PUBLISHED, None) is None


def test_nothing_is_drawn_from_what_was_only_reported() -> None:
    reported = PUBLISHED.model_copy(update={"reported": True})
    assert compression(reported, 36) is None
