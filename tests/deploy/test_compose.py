"""The compose file: what Compose would take, what it runs, and how little its processes may do."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from compose_spec import PyCompose

from groundwork.api.codec import router as codec
from groundwork.runtime.settings import Settings, load_settings, variable
from tests.deploy.topology import ROOT, compose, own, services
from tests.house.test_docs_drift import KNOWN_VARIABLES

BIN = Path(sys.prefix) / "bin"
GIVEN = re.compile(r"\$\{([A-Z_]+)(:-[^}]*)?\}")


def checked(file: dict[str, Any]) -> None:
    """Raises ValueError for what is no compose file, or names what it does not define."""
    PyCompose.from_json(json.dumps(file)).validate()


def test_it_is_a_compose_file_that_defines_what_it_names() -> None:
    checked(compose())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file["services"]["api"].update(healthcheck={"test": [], "interval": "soon"}),
        lambda file: file["services"]["api"].update(ports=["web:web"]),
        lambda file: file["secrets"].pop("database_url"),
        lambda file: file["configs"].pop("temporal-dynamic"),
    ],
)
def test_a_mistake_in_it_would_be_seen(spoil: Callable[[dict[str, Any]], object]) -> None:
    file = deepcopy(compose())
    spoil(file)
    with pytest.raises(ValueError, match=r"\w"):
        checked(file)


def test_every_volume_is_defined_and_every_folder_is_there() -> None:
    mounts = [mount for service in services().values() for mount in service.get("volumes", [])]
    sources = {mount.partition(":")[0] for mount in mounts}
    folders = {source for source in sources if source.startswith(".")}
    assert sources - folders == compose()["volumes"].keys()
    assert all((ROOT / folder).exists() for folder in folders)


def test_every_config_and_secret_is_used() -> None:
    configs = {one["source"] for each in services().values() for one in each.get("configs", [])}
    secrets = {one for each in services().values() for one in each.get("secrets", [])}
    assert configs == compose()["configs"].keys()
    assert secrets == compose()["secrets"].keys()


def test_our_services_set_what_exists_and_what_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, service in own().items():
        assert not set(service["environment"]) - KNOWN_VARIABLES, name
        assert "database_url" in service["secrets"], name
        assert ("audit_key" in service["secrets"]) is (name == "worker"), name
        with monkeypatch.context() as patch:
            for key, value in service["environment"].items():
                patch.setenv(key, GIVEN.sub(lambda given: (given[2] or ":-")[2:], value))
            patch.setenv("DATABASE_URL", "postgresql://groundwork@postgres/groundwork")
            settings = load_settings()
        assert not settings.embeds_postgres, name
        assert not settings.embeds_temporal, name
        assert settings.documents_url is not None, name


def test_secrets_are_files_named_like_their_settings_and_in_no_commit() -> None:
    known = {variable(field).lower() for field in Settings.model_fields}
    assert "database_url" in known
    for name, secret in compose()["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}
    ignored = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "check-ignore", "-q", "deploy/secrets/x"],
        cwd=ROOT,
        check=False,
    )
    assert ignored.returncode == 0
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.search(r"(?i)password\w*: *[\"']?[a-z0-9]{4,}$", text, re.MULTILINE)


def test_every_image_names_its_release() -> None:
    for name, service in services().items():
        _, _, release = service["image"].rpartition(":")
        assert re.match(r"v?\d", release), name


def test_our_processes_and_the_proxy_may_do_little() -> None:
    for name in {*own(), "proxy", "prometheus"}:
        service = services()[name]
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name


def test_only_the_proxy_is_open_to_the_world() -> None:
    published = {name: service.get("ports", []) for name, service in services().items()}
    assert published.pop("proxy") == ["80:80", "443:443", "443:443/udp"]  # UDP for HTTP/3
    outside = [port for ports in published.values() for port in ports]
    assert outside
    assert not [port for port in outside if not port.startswith("127.0.0.1:")]


def test_there_are_several_of_what_must_not_fail_and_each_tells_its_health() -> None:
    for name in ("worker", "api"):
        assert services()[name]["deploy"]["replicas"] >= 2, name
    question = services()["worker"]["healthcheck"]["test"][-1]
    port = services()["worker"]["environment"]["GROUNDWORK_WORKER_METRICS_PORT"]
    assert f":{port}/healthz" in question
    for name in ("postgres", "temporal"):
        assert services()[name]["healthcheck"]["test"], name


def test_the_proxy_s_network_is_the_one_that_is_believed() -> None:
    (network,) = compose()["networks"]["default"]["ipam"]["config"]
    for name, service in own().items():
        assert service["environment"]["GROUNDWORK_TRUSTED_PROXIES"] == network["subnet"], name


def test_the_temporal_ui_asks_the_api_to_decode() -> None:
    endpoint = GIVEN.sub("", services()["temporal-ui"]["environment"]["TEMPORAL_CODEC_ENDPOINT"])
    assert {f"{endpoint}/decode"} == {route.path for route in codec.routes}  # type: ignore[attr-defined]


def test_the_server_is_the_one_that_is_tested() -> None:
    told = subprocess.run(
        [BIN / "temporal", "--version"], capture_output=True, text=True, check=True
    ).stdout
    server = re.search(r"Server (\d+\.\d+\.\d+)", told)
    assert server
    for name in ("temporal", "temporal-schema", "temporal-namespaces"):
        assert services()[name]["image"].endswith(f":{server[1]}"), name
