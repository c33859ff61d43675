"""The preview of many made-up chains: all are looked at, and pool and thread agree."""

import pytest

from bench.preview import Stock, measure, stock
from groundwork.domain.impact import Impact
from groundwork.runtime import impacts


@pytest.fixture(scope="module")
def made() -> Stock:
    return stock(500)


async def test_every_chain_is_looked_at_and_the_sums_agree_with_the_departments(
    made: Stock,
) -> None:
    _, found = await measure(made)
    impact = found.impact
    assert impact.looked_at == 500
    assert found.missing == []
    assert 0 < impact.total.chains < 500
    departments = impact.departments.values()
    for name in ("later", "earlier", "late", "relieved", "appearing", "vanishing"):
        assert getattr(impact.total, name) == sum(getattr(one, name) for one in departments), name
    assert impact.total.most_later == max(one.most_later for one in departments)
    assert impact.total.later > impact.total.relieved > 0
    assert len(found.chains) == min(100, impact.total.chains)


async def test_a_pool_of_processes_finds_the_same(
    made: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, alone = await measure(made)
    monkeypatch.setattr(impacts, "WORTH_A_POOL", 1)
    _, together = await measure(made)
    assert together.impact == alone.impact
    assert together.chains == alone.chains


async def test_a_chain_whose_definition_is_not_at_hand_is_told(made: Stock) -> None:
    bare = made._replace(books=impacts.Books({}, made.books.calendars))
    _, found = await measure(bare._replace(snapshots=made.snapshots[:3]))
    assert len(found.missing) == 3
    assert found.impact == Impact.model_validate({"looked_at": 0, "total": {}, "departments": {}})
