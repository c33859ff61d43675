"""Settings come from the environment, explain themselves and keep secrets."""

import os
from pathlib import Path

import pytest

from groundwork.runtime.settings import (
    Settings,
    SettingsError,
    child_environment,
    load_settings,
    reference_table,
    variable,
)

SECRET = "s3cret-word"
DATABASE = f"postgresql://u:{SECRET}@db.example/groundwork"


def test_without_an_environment_everything_is_embedded_and_local() -> None:
    settings = load_settings()
    assert settings.embeds_postgres
    assert settings.embeds_temporal
    assert settings.api_url == "http://127.0.0.1:8400"
    assert settings.data_dir == Path.cwd() / ".groundwork"


def test_plain_names_are_honoured_beside_prefixed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", DATABASE)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "approvals")
    monkeypatch.setenv("GROUNDWORK_PORT", "9000")
    settings = load_settings()
    assert not settings.embeds_postgres
    assert not settings.embeds_temporal
    assert (settings.namespace, settings.port) == ("approvals", 9000)


def test_what_is_given_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_PORT", "9000")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    settings = load_settings(port=9001, temporal_address="other.example:7233", host=None)
    assert (settings.port, settings.temporal_address) == (9001, "other.example:7233")
    assert settings.host == "127.0.0.1"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert load_settings().embeds_postgres


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_common_spelling_of_a_postgresql_url_gets_our_driver(scheme: str) -> None:
    settings = load_settings(database_url=f"{scheme}://u@db.example/groundwork")
    assert settings.database_url is not None
    expected = "postgresql+psycopg://u@db.example/groundwork"
    assert settings.database_url.get_secret_value() == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GROUNDWORK_PORT", "many"),
        ("GROUNDWORK_PORT", "65536"),
        ("GROUNDWORK_SANDBOX", "perhaps"),
        ("GROUNDWORK_LOG_FORMAT", "xml"),
        ("GROUNDWORK_PUBLIC_URL", "approvals.example"),
        ("TEMPORAL_ADDRESS", "temporal.example"),
        ("DATABASE_URL", "mysql://db.example/groundwork"),
    ],
)
def test_a_bad_value_is_refused_in_one_line_that_names_the_variable_and_a_remedy(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    sentence = str(refused.value)
    assert sentence.count(name) == 2  # once in each language
    assert "or unset it" in sentence
    assert "\n" not in sentence


def test_rehearsals_may_not_share_the_live_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "rehearsal")
    with pytest.raises(SettingsError, match="GROUNDWORK_REHEARSAL_NAMESPACE"):
        load_settings()


def test_two_servers_may_not_share_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWORK_TEMPORAL_PORT", "8400")
    with pytest.raises(SettingsError, match="GROUNDWORK_TEMPORAL_PORT"):
        load_settings()


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsError, match="no setting named prot"):
        load_settings(prot=1)


def test_no_secret_is_shown_or_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", DATABASE)
    settings = load_settings()
    assert SECRET not in f"{settings!r} {settings} {settings.model_dump_json()}"
    monkeypatch.setenv("DATABASE_URL", DATABASE.replace("postgresql", "mysql"))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert SECRET not in str(refused.value)


class TestAChildProcess:
    def inherit(self, parent: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
        """The settings that a child of a process with `parent` loads."""
        url = parent.database_url.get_secret_value() if parent.database_url else None
        address = parent.temporal_address
        environment = child_environment(parent, database_url=url, temporal_address=address)
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    def test_loads_the_same_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        parent = load_settings(
            port=9000,
            sandbox=False,
            log_format="json",
            database_url=DATABASE,
            namespace="live",
            temporal_address="temporal.example:7233",
        )
        assert self.inherit(parent, monkeypatch) == parent

    def test_of_an_embedded_server_still_knows_its_ui(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        parent = load_settings(temporal_ui_port=9001)
        assert self.inherit(parent, monkeypatch).temporal_ui == "http://127.0.0.1:9001"

    def test_of_another_folder_means_the_same_data(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        parent = load_settings()
        monkeypatch.chdir(tmp_path)
        assert self.inherit(parent, monkeypatch).data_dir == parent.data_dir

    def test_of_an_embedded_server_inherits_no_key_for_another_cluster(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TEMPORAL_API_KEY", SECRET)
        environment = child_environment(
            load_settings(), database_url=None, temporal_address="127.0.0.1:7400"
        )
        assert SECRET not in environment.values()
        assert environment["TEMPORAL_ADDRESS"] == "127.0.0.1:7400"

    def test_of_an_external_cluster_inherits_its_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TEMPORAL_API_KEY", SECRET)
        settings = load_settings(temporal_address="temporal.example:7233")
        environment = child_environment(
            settings, database_url=None, temporal_address=settings.temporal_address
        )
        assert environment["TEMPORAL_API_KEY"] == SECRET


class TestThePage:
    PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")

    def test_holds_the_table_of_all_settings(self) -> None:
        assert reference_table() in self.PAGE

    @pytest.mark.parametrize("name", Settings.model_fields)
    def test_every_setting_explains_itself(self, name: str) -> None:
        assert Settings.model_fields[name].description
        assert variable(name).isupper()


def test_secrets_may_be_files_named_like_their_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "database_url").write_text(f"{DATABASE}\n")
    (tmp_path / "groundwork_credit_token").write_text(SECRET)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    settings = load_settings()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value().endswith("@db.example/groundwork")
    assert settings.credit_token is not None
    assert settings.credit_token.get_secret_value() == SECRET
    monkeypatch.setenv("DATABASE_URL", "postgresql://u@other.example/groundwork")
    chosen = load_settings().database_url
    assert chosen is not None
    assert "other.example" in chosen.get_secret_value()


def test_a_wrong_value_from_a_file_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "database_url").write_text(f"mysql://u:{SECRET}@db.example/groundwork")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "DATABASE_URL" in str(refused.value)
    assert SECRET not in str(refused.value)
