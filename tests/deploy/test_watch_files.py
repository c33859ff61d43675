"""Alert rules and dashboards: held to promtool, to the metrics there are, and to the docs."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import temporalio.bridge
import yaml
from prometheus_client import Counter, Histogram

from groundwork.runtime import metrics
from groundwork.store.figures import FIGURES

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
BOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
ALERTS = PROMETHEUS / "alerts.yml"
NAME = re.compile(r"\b(?:groundwork|temporal)_[a-z_]+\b")
VARIABLES = {"$__rate_interval": "5m", "$department": ".*"}
NOT_OF_OURS = {
    "groundwork_source_up",
    "groundwork_engine_workflows",
    "groundwork_store_connections",
}
"""Ours, but made where they are asked for."""


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool; skip where there is none, except on a build server."""
    program = shutil.which("promtool")
    if program is None and not os.environ.get("CI"):
        pytest.skip("promtool is missing: on Debian, it comes with the package prometheus")
    assert program, "promtool is missing"
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, cwd=PROMETHEUS, check=False
    )


def rules() -> dict[str, dict[str, Any]]:
    """Every alert by its name."""
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def expressions(board: Path) -> Iterator[str]:
    """Every query of a dashboard, its panels' and its variables'."""
    document = json.loads(board.read_text())
    for panel in document["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            (metric,) = re.findall(r"label_values\((\w+), \w+\)", variable["query"]["query"])
            yield metric


def asked_for() -> dict[str, set[str]]:
    """Every metric that an alert or a dashboard names, and where."""
    named: dict[str, set[str]] = {}
    for alert, rule in rules().items():
        for name in NAME.findall(rule["expr"]):
            named.setdefault(name, set()).add(alert)
    for board in BOARDS:
        for expression in expressions(board):
            for name in NAME.findall(expression):
                named.setdefault(name, set()).add(board.name)
    return named


def ours() -> set[str]:
    """Every series that our code offers."""
    names = {f"groundwork_{name}" for name in FIGURES} | NOT_OF_OURS
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Histogram):
            (family,) = metric.describe()
            counter = isinstance(metric, Counter)
            suffixes = ("_total",) if counter else ("_bucket", "_count", "_sum")
            names |= {family.name + suffix for suffix in suffixes}
    return names


def test_prometheus_takes_its_configuration_and_the_rules() -> None:
    for check in (("config", "prometheus.yml"), ("rules", "alerts.yml")):
        done = promtool("check", *check)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_when_it_should_and_rests_in_a_healthy_office() -> None:
    healthy, *ailing = yaml.safe_load((PROMETHEUS / "alerts.test.yml").read_text())["tests"]
    assert {test["alertname"] for test in healthy["alert_rule_test"]} == rules().keys()
    fired = [test for case in ailing for test in case["alert_rule_test"] if "exp_alerts" in test]
    assert {test["alertname"] for test in fired} == rules().keys()
    done = promtool("test", "rules", "alerts.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_every_query_of_a_dashboard_is_promql(board: Path, tmp_path: Path) -> None:
    queries = list(expressions(board))
    for variable, value in VARIABLES.items():
        queries = [query.replace(variable, value) for query in queries]
    assert queries
    assert not any("$" in query for query in queries)
    recorded = [{"record": f"query:{n}", "expr": query} for n, query in enumerate(queries)]
    rules_file = tmp_path / "queries.yml"
    rules_file.write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": recorded}]}))
    done = promtool("check", "rules", rules_file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_dashboard_is_one_that_grafana_takes_in_from_a_file(board: Path) -> None:
    document = json.loads(board.read_text())
    assert re.fullmatch(r"[a-z-]{1,40}", document["uid"])
    ids = [panel["id"] for panel in document["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in document["panels"]:
        assert re.search(r"[一-鿿]|API", panel["title"]), panel["title"]
        assert panel["datasource"]["uid"] == "${source}"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24


def test_every_metric_that_is_asked_for_exists() -> None:
    known = ours()
    bridge = b"".join(
        one.read_bytes() for one in Path(temporalio.bridge.__path__[0]).glob("temporal_sdk_bridge*")
    )
    gone = {}
    for name, where in asked_for().items():
        bare = re.sub(r"(_seconds)?(_bucket|_count|_sum|_total)?$", "", name)
        of_the_sdk = bare.removeprefix("temporal_").encode()
        if name not in known and not (name.startswith("temporal_") and of_the_sdk in bridge):
            gone[name] = where
    assert not gone


def test_a_metric_that_is_gone_would_be_noticed() -> None:
    assert "groundwork_gone_total" not in ours()
    assert {"groundwork_commands_total", "groundwork_record_lag_seconds_bucket"} <= ours()


def test_our_metrics_stand_in_the_docs_and_nothing_else_does() -> None:
    page = (ROOT / "docs/ops/metrics.md").read_text()
    documented = set(re.findall(r"^\| `(groundwork_\w+)`", page, re.MULTILINE))
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in ours()}
    assert documented == families
    source = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    for name in NOT_OF_OURS:
        assert f'"{name}"' in source


def test_the_operator_is_given_the_same_rules() -> None:
    manifest = ROOT / "deploy/kubernetes/monitoring/alerts.yaml"
    rule = yaml.safe_load(manifest.read_text())
    assert (rule["apiVersion"], rule["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
    assert rule["spec"] == yaml.safe_load(ALERTS.read_text())


def test_each_alert_leads_to_what_it_means_and_what_to_do() -> None:
    page = (ROOT / "docs/ops/alerts.md").read_text()
    sections = dict(re.findall(r"^## (Groundwork\w+)\n(.*?)(?=^## |\Z)", page, re.M | re.S))
    assert sections.keys() == rules().keys()
    for name, rule in rules().items():
        assert rule["annotations"]["runbook"] == f"docs/ops/alerts.md#{name.lower()}"
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert f"*{rule['labels']['severity']}*" in sections[name]
        assert "**It means**" in sections[name]
        assert "**Do**" in sections[name]
        assert re.search(r"[一-鿿].* [A-Z]", rule["annotations"]["summary"])
