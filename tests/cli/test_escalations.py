"""The escalation board, the history of cards and supervision orders from the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwork.domain import commands as cmd
from groundwork.domain.model import Role
from groundwork.runtime.loop import run as run_async
from groundwork.store.engine import create_engine
from groundwork.store.projects import Projects
from tests.api.recorded import newer_rules, recorded, started_for
from tests.cli.terminal import done, run, serving, told
from tests.store.histories import PROJECT, project


@pytest.fixture(scope="module")
def chain(module_migrated_url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A chain whose L01 has climbed to its red card; the yellow one was appealed."""
    folder = Path(tmp_path_factory.mktemp("newer"))

    async def write() -> str:
        engine = create_engine(module_migrated_url)
        await Projects(engine).create(project())
        play = await started_for(PROJECT, engine, newer_rules(folder))
        play.wait("2026-03-05 09:00")
        play.do(cmd.AppealEscalation(escalation="L01-yellow_card", reason="系统停机"))
        written = await recorded(engine, play.wait("2026-03-09 09:00"))
        await engine.dispose()
        return written

    return run_async(write())


@pytest.fixture(scope="module")
def env(module_migrated_url: str, chain: str) -> Iterator[dict[str, str]]:
    """An API on that record, and who asks it."""
    with serving(module_migrated_url, Role.BUSINESS_ENVIRONMENT_OFFICE) as env:
        yield env


def test_the_board_shows_what_stands_open_and_what_comes_next(env: dict[str, str]) -> None:
    board = done("escalations", "--board", "--lang", "en", env=env)
    for words in (
        "business environment office: 2 today",
        "appeals to decide 1",
        "Red card 1",
        "appeal pending",
        "Review for referral",
    ):
        assert words in board
    assert board.index("Red card 1") < board.index("Yellow card 1")
    assert "今日须处理 2 件" in done("escalations", "--board", "--lang", "zh", env=env)


def test_the_board_as_json_is_the_apis_answer(env: dict[str, str]) -> None:
    board = told("escalations", "--board", "--recipient", "director", env=env)
    (level,) = board["levels"]
    assert [card["id"] for card in level["cards"]] == ["L01-yellow_card"]


def test_the_history_of_a_step_in_a_period(env: dict[str, str], chain: str) -> None:
    period = ("--since", "2026-03-04", "--until", "2026-03-05")
    history = told("escalations", "--all", "--chain", chain, "--step", "L01", *period, env=env)
    assert [one["rung"] for one in history["items"]] == ["yellow_card", "red"]
    appealed = told("escalations", "--appeal", "pending", env=env)
    assert [one["id"] for one in appealed["items"]] == ["L01-yellow_card"]


def test_the_board_counts_for_another_role(env: dict[str, str]) -> None:
    board = told("escalations", "--board", "--role", "director", env=env)
    assert board["role"] == "director"
    assert board["needs_you"]["answers_due"] == 1
    assert run("escalations", "--role", "director", env=env).exit_code == 2


def test_the_board_does_not_take_the_filters_of_the_history(env: dict[str, str]) -> None:
    result = run("escalations", "--board", "--step", "L01", env=env)
    assert result.exit_code == 2
    assert "--step" in result.stderr


@pytest.mark.parametrize(("language", "title"), [("zh", "督办单"), ("en", "Supervision order")])
def test_a_supervision_order_prints_by_itself(
    env: dict[str, str], chain: str, tmp_path: Path, language: str, title: str
) -> None:
    file = tmp_path / "order.html"
    words = ("paper", "supervision-order", chain, "L01-red_card", "--to", str(file))
    done(*words, "--lang", language, env=env)
    page = file.read_text(encoding="utf-8")
    assert f"{title}</h1>" in page
    assert f"{chain}-L01-red_card" in page
    assert "@page" in page
    assert "/assets/" not in page


def test_a_card_without_an_order_is_told_in_one_line(
    env: dict[str, str], chain: str, tmp_path: Path
) -> None:
    file = tmp_path / "order.html"
    result = run("paper", "supervision-order", chain, "L01-red", "--to", str(file), env=env)
    assert result.exit_code == 1
    assert "no_supervision_order" in result.stderr
    assert not file.exists()


def test_show_tells_how_a_card_stands(env: dict[str, str], chain: str) -> None:
    shown = done("show", chain, "--lang", "en", env=env)
    assert "appeal pending" in shown
    assert json.loads(done("show", chain, "--json", env=env))["escalations"]


def test_who_has_something_in_hand_can_be_reminded(env: dict[str, str], chain: str) -> None:
    shown = done("remind", chain, "--preview", "--lang", "en", env=env)
    assert "L01" in shown
    assert "would be sent" in shown
    assert told("remind", chain, "L14", "--preview", env=env)["subjects"][0]["code"] == (
        "nobody_to_remind"
    )
    strange = run("remind", chain, "L99", env=env)
    assert strange.exit_code == 2
    assert "L99" in strange.stderr
