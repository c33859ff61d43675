"""The manifests: whole, valid for Kubernetes, and as careful as they say."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from groundwork.runtime.settings import load_settings
from tests.deploy.topology import DEPLOY
from tests.house.test_docs_drift import CLI, KNOWN_VARIABLES, resolves

HERE = DEPLOY / "kubernetes"
RELEASES = ("1.31", "1.34", "1.37")
"""The oldest that the manifests are held to, one in between and the newest that is known."""


def listed(folder: Path) -> list[dict[str, Any]]:
    """Every resource that the folder's kustomization names."""
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    files = [(folder / name).read_text() for name in kustomization["resources"]]
    return [one for text in files for one in yaml.safe_load_all(text)]


RESOURCES = listed(HERE)


def of(kind: str) -> dict[str, dict[str, Any]]:
    """The resources of a kind, by name."""
    return {one["metadata"]["name"]: one for one in RESOURCES if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """What each pod of ours is."""
    makers = {**of("Deployment"), **of("Job")}
    return {name: maker["spec"]["template"] for name, maker in makers.items()}


def containers() -> dict[str, dict[str, Any]]:
    """The one container of each."""
    found = {}
    for name, pod in pods().items():
        (found[name],) = pod["spec"]["containers"]
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_kubernetes_takes_every_resource(release: str) -> None:
    for one in RESOURCES:
        kubernetes_validate.validate(one, release, strict=True)


def test_a_mistake_would_be_seen() -> None:
    wrong = yaml.safe_load((HERE / "namespace.yaml").read_text()) | {"sepc": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, RELEASES[-1], strict=True)


@pytest.mark.parametrize("folder", [HERE, HERE / "monitoring"])
def test_no_manifest_is_left_out(folder: Path) -> None:
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    there = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization["resources"]) == there


def test_settings_exist_and_suffice(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = of("ConfigMap")["groundwork"]["data"]
    for name, container in containers().items():
        own = {one["name"]: one["value"] for one in container.get("env", [])}
        assert not {*shared, *own} - KNOWN_VARIABLES, name
        assert container["envFrom"] == [{"configMapRef": {"name": "groundwork"}}]
        assert resolves(CLI, container["args"]), name
        with monkeypatch.context() as patch:
            for key, value in (shared | own).items():
                patch.setenv(key, value)
            patch.setenv("DATABASE_URL", "postgresql://groundwork@db.example/groundwork")
            settings = load_settings()
        assert not settings.embeds_temporal, name
        assert settings.documents_url is not None, name


def test_no_secret_is_written_down_and_files_hold_them() -> None:
    assert not of("Secret")
    assert "DATABASE_URL" not in of("ConfigMap")["groundwork"]["data"]
    for name, pod in pods().items():
        volumes = {one["name"]: one for one in pod["spec"]["volumes"]}
        assert volumes["secrets"]["secret"]["secretName"] == "groundwork", name
        mounts = {one["name"]: one for one in containers()[name]["volumeMounts"]}
        assert mounts["secrets"]["mountPath"] == "/run/secrets/groundwork", name
        assert mounts["secrets"]["readOnly"], name


def test_workers_alone_are_given_the_key_that_signs_the_record() -> None:
    named = {
        name: [one["secret"]["secretName"] for one in pod["spec"]["volumes"] if "secret" in one]
        for name, pod in pods().items()
    }
    assert named.pop("worker") == ["groundwork", "groundwork-signing"]
    assert all(secrets == ["groundwork"] for secrets in named.values())
    mounts = {one["name"]: one["mountPath"] for one in containers()["worker"]["volumeMounts"]}
    (place,) = (one["value"] for one in containers()["worker"]["env"])
    assert place == f"{mounts['signing']}/audit_key"
    text = (DEPLOY.parent / "docs" / "deployment.md").read_text("utf-8")
    assert "groundwork-signing --from-file=audit_key" in text


def test_no_service_beside_them_changes_their_settings() -> None:
    for name, pod in pods().items():
        assert pod["spec"]["enableServiceLinks"] is False, name


def test_processes_are_as_small_as_can_be() -> None:
    for name, container in containers().items():
        pod = pods()[name]["spec"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["runAsUser"] == 10001, name
        assert pod["automountServiceAccountToken"] is False, name
        security = container["securityContext"]
        assert security["readOnlyRootFilesystem"], name
        assert security["allowPrivilegeEscalation"] is False, name
        assert security["capabilities"] == {"drop": ["ALL"]}, name
        assert container["resources"]["limits"]["memory"], name
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}, name


@pytest.mark.parametrize("name", ["api", "worker"])
def test_one_may_go_and_another_stays(name: str) -> None:
    deployment, budget = of("Deployment")[name]["spec"], of("PodDisruptionBudget")[name]["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert budget["minAvailable"] == 1
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels == budget["selector"]["matchLabels"]


@pytest.mark.parametrize(("name", "port"), [("api", "http"), ("worker", "metrics")])
def test_each_is_restarted_and_left_alone_by_its_own_word(name: str, port: str) -> None:
    container = containers()[name]
    asked = {probe: container[f"{probe}Probe"]["httpGet"] for probe in ("liveness", "readiness")}
    assert asked["liveness"] == {"path": "/healthz", "port": port}
    assert asked["readiness"] == {"path": "/readyz", "port": port}
    assert port in {one["name"] for one in container["ports"]}


def test_ports_are_those_of_the_settings() -> None:
    shared = of("ConfigMap")["groundwork"]["data"]
    ports = {
        name: {port["name"]: port["containerPort"] for port in container.get("ports", [])}
        for name, container in containers().items()
    }
    assert ports["api"] == {
        "http": 8400,
        "metrics": int(shared["GROUNDWORK_API_METRICS_PORT"]),
    }
    assert ports["worker"] == {"metrics": int(shared["GROUNDWORK_WORKER_METRICS_PORT"])}


def test_nobody_comes_in_unless_a_policy_says_so() -> None:
    policies = of("NetworkPolicy")
    assert policies.pop("nobody")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    reached = {
        port["port"] for one in policies.values() for port in one["spec"]["ingress"][0]["ports"]
    }
    assert reached == {"http", "metrics"}
