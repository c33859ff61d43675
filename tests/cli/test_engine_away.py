"""Commands that speak to the engine themselves, where engine or database is not as they need it."""

import pytest

from groundwork.console.faults import ExitCode
from groundwork.runtime.embedded import EmbeddedTemporal
from groundwork.runtime.processes import free_port
from groundwork.store.migrations import migrate
from tests.cli.terminal import run

CHAIN = "land-to-construction.2609-440784-04-01-200001"


@pytest.fixture
def env(temporal_server: EmbeddedTemporal, postgres_url: str) -> dict[str, str]:
    """An installation whose servers answer."""
    migrate(postgres_url)
    return {"DATABASE_URL": postgres_url, "TEMPORAL_ADDRESS": temporal_server.address}


@pytest.mark.parametrize(
    "words",
    [
        ("ops", "stuck"),
        ("ops", "wake", "--reason", "a good reason"),
        ("ops", "workers"),
        ("ops", "diagnose", CHAIN),
        ("ops", "reset", CHAIN),
        ("ops", "rerecord", CHAIN),
        ("deployment", "show"),
        ("reconcile",),
    ],
)
def test_a_namespace_that_does_not_exist_is_said_to_be_missing(
    env: dict[str, str], words: tuple[str, ...]
) -> None:
    result = run(*words, env=env | {"TEMPORAL_NAMESPACE": "nowhere"})
    assert result.exit_code == ExitCode.REFUSED
    assert result.stdout == ""
    said = result.stderr.splitlines()[-1]
    assert "命名空间 nowhere 不存在，请改正 TEMPORAL_NAMESPACE" in said
    assert "namespace create --namespace nowhere" in said


@pytest.mark.parametrize(
    "words", [("ops", "restart", CHAIN, "--reason", "a good reason"), ("reconcile",)]
)
def test_a_database_that_is_away_is_said_so_in_both_languages_with_what_to_do(
    env: dict[str, str], words: tuple[str, ...]
) -> None:
    away = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    result = run(*words, env=env | {"DATABASE_URL": away})
    assert (result.exit_code, result.stdout) == (ExitCode.UNREACHABLE, "")
    said = result.stderr.splitlines()[-1]
    assert said.startswith("数据库没有答复")
    assert "DATABASE_URL is right" in said


@pytest.mark.parametrize(
    "words", [("ops", "restart", CHAIN, "--reason", "a good reason"), ("reconcile",)]
)
def test_a_database_without_tables_is_said_to_want_preparing(
    temporal_server: EmbeddedTemporal, postgres_url: str, words: tuple[str, ...]
) -> None:
    env = {"DATABASE_URL": postgres_url, "TEMPORAL_ADDRESS": temporal_server.address}
    result = run(*words, env=env)
    assert (result.exit_code, result.stdout) == (ExitCode.REFUSED, "")
    assert "groundwork prepare" in result.stderr.splitlines()[-1]


@pytest.mark.parametrize("words", [("doctor",), ("ops", "stuck")])
def test_nothing_is_logged_where_nothing_is_amiss(
    env: dict[str, str], words: tuple[str, ...]
) -> None:
    result = run(*words, env=env)
    assert result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize(
    "words",
    [
        ("ops", "wake"),
        ("ops", "restart", CHAIN),
        ("ops", "reset", CHAIN, "--to", "5"),
        ("ops", "skip", CHAIN, "credit-2"),
    ],
)
@pytest.mark.parametrize("reason", ["", "x", "  x    "])
def test_a_reason_that_says_nothing_is_refused_before_anything_is_asked(
    words: tuple[str, ...], reason: str
) -> None:
    result = run(*words, "--reason", reason)
    assert (result.exit_code, result.stdout) == (ExitCode.USAGE, "")
    assert "--reason: say why, in 4 characters or more" in result.stderr
