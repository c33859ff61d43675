"""Commands that need no server: the calendar, the catalogue, the forecast, rehearsals."""

import json
import stat
from datetime import date
from pathlib import Path

import pytest

from groundwork.catalogue.loader import latest
from groundwork.store.signatures import SigningKey, fingerprint
from tests.cli.terminal import done, run, told

CHAIN = "land-to-construction"


class TestCalendar:
    def test_the_day_before_the_national_holiday_is_answered_after_it(self) -> None:
        data = told("calendar", "due", "--from", "2026-09-30", "--working-days", "1")
        assert data["due"] == "2026-10-08"
        assert data["provisional"] is False
        assert [day["day"] for day in data["ledger"]][0::8] == ["2026-09-30", "2026-10-08"]

    def test_a_year_without_a_notice_is_provisional(self) -> None:
        data = told("calendar", "due", "--from", "2026-12-31", "--working-days", "2")
        assert data["provisional"] is True

    def test_people_read_weekdays_in_both_languages(self) -> None:
        words = ("calendar", "due", "--from", "2026-09-30", "--working-days", "1")
        assert "10月8日(周四)" in done(*words)
        assert "Thu 8 Oct 2026" in done(*words, "--lang", "en")

    def test_the_list_names_the_published_years(self) -> None:
        (calendar,) = told("calendar", "list")
        assert calendar["version"] == "cn-2026.1"
        assert calendar["published"][-1] == 2026

    def test_an_import_writes_a_file_of_the_version(self, tmp_path: Path) -> None:
        data = told("calendar", "import", "cn-2026.7", "--to", str(tmp_path))
        assert Path(data["file"]).read_text().startswith("version: cn-2026.7\n")

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("due", "--from", "2026-09-31", "--working-days", "1"), 2),
            (("due", "--from", "2026-09-30"), 2),
            (("due", "--from", "2026-09-30", "--working-days", "1", "--calendar", "cn-1"), 1),
            (
                ("due", "--from", "2026-09-30", "--working-days", "1", "--department", "housing"),
                3,
            ),
            (("import", "next year"), 2),
        ],
    )
    def test_what_cannot_be_meant_is_told_by_the_exit_code(
        self, words: tuple[str, ...], code: int
    ) -> None:
        assert run("calendar", *words).exit_code == code


class TestCatalogue:
    def test_the_list_has_every_version_of_both_chains(self) -> None:
        chains = told("catalogue", "list")
        assert [(one["id"], one["version"], one["steps"]) for one in chains] == [
            ("completion-to-production", "1.0.0", 18),
            ("completion-to-production", "1.1.0", 18),
            (CHAIN, "1.0.0", 22),
            (CHAIN, "1.1.0", 22),
        ]

    def test_a_chain_is_shown_with_its_limits_and_routes(self) -> None:
        page = done("catalogue", "show", CHAIN)
        assert "24 个工作日" in page
        assert "标准路线：36 个工作日" in page

    def test_a_good_file_passes(self, tmp_path: Path) -> None:
        done("catalogue", "export", CHAIN, "--to", str(tmp_path))
        file = tmp_path / "chains" / CHAIN / f"{latest(CHAIN).version}.yaml"
        assert told("catalogue", "check", str(file)) == {"ok": True, "mistakes": []}

    def test_a_mistake_is_explained_with_its_line(self, tmp_path: Path) -> None:
        done("catalogue", "export", CHAIN, "--to", str(tmp_path))
        file = tmp_path / "chains" / CHAIN / f"{latest(CHAIN).version}.yaml"
        text = file.read_text()
        file.write_text(text.replace("after: [L05]", "after: [L99]"))
        result = run("catalogue", "check", str(file), "--json")
        assert result.exit_code == 1
        (mistake,) = json.loads(result.stdout)["mistakes"]
        assert "after: [L05]" in text.splitlines()[mistake["line"] - 1]

    def test_an_export_is_not_written_over_other_content(self, tmp_path: Path) -> None:
        done("catalogue", "export", CHAIN, "--to", str(tmp_path))
        (tmp_path / "chains" / CHAIN / f"{latest(CHAIN).version}.yaml").write_text("mine")
        assert run("catalogue", "export", CHAIN, "--to", str(tmp_path)).exit_code == 2

    def test_the_schema_is_json(self) -> None:
        assert "properties" in json.loads(done("catalogue", "schema", "ladder"))

    def test_an_unknown_chain_is_told_in_one_line(self) -> None:
        result = run("catalogue", "show", "land-to-construktion")
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert CHAIN in result.stderr


class TestForecast:
    def test_the_critical_path_leads_through_the_land(self) -> None:
        data = told("forecast", CHAIN, "--start", "2026-03-02", "--days", "L06=30")
        assert data["critical_path"][:4] == ["L01", "L04", "L05", "L06"]
        assert data["begins"] == "2026-03-02"
        routes = {route["id"]: route["working_days"] for route in data["routes"]}
        assert routes == {"standard_route": 36, "land_route": 31}

    def test_the_fast_variant_is_done_earlier(self) -> None:
        words = ("forecast", CHAIN, "--start", "2026-03-02")
        standard, fast = told(*words), told(*words, "--variant", "fast")
        assert date.fromisoformat(fast["finish"]) < date.fromisoformat(standard["finish"])

    def test_modes_and_phases_are_chosen_by_step(self) -> None:
        data = told("forecast", CHAIN, "--mode", "L03=exempt", "--phase", "L20=A,B")
        steps = {step["step"]: step for step in data["steps"]}
        assert steps["L03"]["mode"] == "exempt"
        assert {"L20.A", "L20.B"} <= steps.keys()

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ((), 2),
            ((CHAIN, "--chain", "x.y"), 2),
            ((CHAIN, "--mode", "L03"), 2),
            ((CHAIN, "--mode", "L03=skip"), 2),
            ((CHAIN, "--days", "L06=soon"), 2),
            ((CHAIN, "--mode", "L02=exempt"), 1),
            ((CHAIN, "--phase", "L20=Z"), 1),
        ],
    )
    def test_choices_that_there_are_not_are_refused(
        self, words: tuple[str, ...], code: int
    ) -> None:
        result = run("forecast", *words)
        assert result.exit_code == code
        assert "Traceback" not in result.output


class TestPlaying:
    def test_the_demonstration_comes_to_the_published_figures(self) -> None:
        documented, messy, buildings = told("demo")["cases"]
        assert list(documented["calendar_days"].values()) == [74, 108, 182]
        for case in (documented, messy):
            assert case["working_days"] == {"standard_route": 36, "land_route": 31}
        assert "red_card" in {one["rung"] for one in messy["escalations"]}
        assert (buildings["chain"], buildings["working_days"]) == ("completion-to-production", {})
        assert all(one["open_since"] for one in buildings["production_gate"])

    def test_a_late_chain_shows_the_escalations_that_would_fire(self, tmp_path: Path) -> None:
        env = {"GROUNDWORK_DATA_DIR": str(tmp_path)}
        words = ("rehearse", CHAIN, "--start", "2026-03-02", "--share", "130")
        data = told(*words, env=env)
        assert data["status"] == "completed"
        assert "red_card" in {one["rung"] for one in data["escalations"]}
        assert not any(tmp_path.iterdir())

    def test_a_script_is_played_on_the_definition_named(self) -> None:
        from groundwork.rehearsal.demo import SCRIPTS

        page = done("rehearse", CHAIN, "--script", str(SCRIPTS / "fujian-youyi.yaml"))
        assert "182 个日历天" in page

    def test_a_definition_in_a_file_can_be_rehearsed(self, tmp_path: Path) -> None:
        done("catalogue", "export", CHAIN, "--to", str(tmp_path))
        file = tmp_path / "chains" / CHAIN / f"{latest(CHAIN).version}.yaml"
        data = told("rehearse", str(file), "--variant", "fast")
        assert len(data["steps"]) == len(latest(CHAIN).steps)

    def test_a_chain_that_no_workflow_carries_is_told_before_it_is_played(
        self, tmp_path: Path
    ) -> None:
        done("catalogue", "export", CHAIN, "--to", str(tmp_path))
        file = tmp_path / "chains" / CHAIN / f"{latest(CHAIN).version}.yaml"
        file.write_text(file.read_text().replace("workflow_type: Land", "workflow_type: Sea"))
        result = run("rehearse", str(file))
        assert result.exit_code == 1
        assert "LandToConstruction" in result.stderr

    def test_what_there_is_not_cannot_be_rehearsed(self) -> None:
        assert run("rehearse", "nothing").exit_code == 1
        assert run("rehearse", "nothing.yaml").exit_code == 1


def test_the_version_is_printed() -> None:
    assert done("version").startswith("groundwork 0.")


class TestAuditKeys:
    def test_a_key_is_made_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "keys" / "audit.pem"
        data = told("audit", "keygen", str(file))
        key = SigningKey.read(file.read_bytes())
        assert (data["public_key"], data["fingerprint"]) == (key.public, fingerprint(key.public))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        before = file.read_bytes()
        assert run("audit", "keygen", str(file)).exit_code == 1
        assert file.read_bytes() == before

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (("verify", "--key", "sha256:0"), 2),
            (("verify", "nowhere.jsonl"), 2),
            (("export", "--chain", "a", "--all", "-"), 2),
        ],
    )
    def test_what_does_not_go_together(self, words: tuple[str, ...], code: int) -> None:
        env = {"GROUNDWORK_PUBLIC_URL": "http://127.0.0.1:9", "GROUNDWORK_TOKEN": "x"}
        assert run("audit", *words, env=env).exit_code == code

    def test_a_file_that_is_no_export_is_not_whole(self, tmp_path: Path) -> None:
        file = tmp_path / "some.jsonl"
        file.write_text("{}\n")
        result = run("audit", "verify", str(file))
        assert result.exit_code == 1
        assert "发现 2 处问题" in result.stdout
