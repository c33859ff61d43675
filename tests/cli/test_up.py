"""`groundwork up`, and the commands that speak to it, as a newcomer types them."""

import json
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from openpyxl import load_workbook

from groundwork.domain.calendar import local_date
from groundwork.runtime.whereabouts import running_up
from groundwork.store.signatures import SigningKey, fingerprint
from tests.cli.terminal import PATIENCE, Town, run, told

PROJECT = "2603-440784-04-01-558123"
CHAIN = f"land-to-construction.{PROJECT}"
STOP_SECONDS = 10


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """A running `up --demo` with one chain launched."""
    place = Town()
    try:
        place.open("--demo", "--empty")
        place.told(
            *("launch", "land-to-construction", "--project", PROJECT, "--as", "housekeeper"),
            *("--name", "云脊精密机电（虚构）", "--enterprise", "云脊机电"),
            *("--uscc", "91440784MA0000015C"),
        )
        yield place
    finally:
        place.clear()


class TestCredit:
    KEEPER = ("--as", "business-environment-office")
    FIRM = "91440784MA00003300"
    TODAY = local_date(datetime.now(UTC)).isoformat()

    def test_is_shown_kept_and_repaired(self, town: Town) -> None:
        assert "信用等级 A" in town.done("credit", "show", self.FIRM)
        # The housekeeper knows enterprises by their projects, and this one has none.
        unknown = town.run("credit", "show", self.FIRM, "--as", "housekeeper")
        assert "[credit_subject_not_found]" in unknown.stderr
        record = town.told(
            *("credit", "add", self.FIRM, "--kind", "failed_report", "--severity", "minor"),
            *("--decided", self.TODAY, "--document", "鹤环审〔2026〕9号"),
            *("--publish", self.TODAY, *self.KEEPER),
        )
        page = town.done("credit", "show", self.FIRM)
        assert "容缺受理：不可以" in page
        assert "鹤环审〔2026〕9号" in page
        english = town.done("credit", "show", self.FIRM, "--lang", "en")
        assert "credit grade B" in english
        assert "may be repaired" in english
        (shown,) = town.told("credit", "published", "--as", "project-manager")["items"]
        assert (shown["id"], shown["subject"]) == (record["id"], self.FIRM)
        promised = ("--promise", "信用鹤山网公示第9号", *self.KEEPER)
        half = town.run("credit", "repair", record["id"], "--corrected", *promised)
        assert half.exit_code == 2
        town.done(
            *("credit", "repair", record["id"], "--corrected", "--obligations-met", *promised)
        )
        assert town.told("credit", "published")["items"] == []
        assert town.told("credit", "show", self.FIRM)["grade"] == "A"

    def test_is_closed_to_whoever_may_not(self, town: Town) -> None:
        assert "[not_permitted]" in town.run("credit", "show", self.FIRM, "--as", "ops").stderr
        words = ("credit", "repair", "cr-x", "--corrected", "--obligations-met", "--promise", "x")
        assert "[not_permitted]" in town.run(*words, "--as", "housekeeper").stderr


class TestTheFirstChain:
    def test_its_way_through_the_first_step(self, town: Town) -> None:
        (step,) = town.told("inbox", "park-committee", "--as", "park-committee.officer")["items"]
        assert (step["chain_id"], step["key"], step["state"]) == (CHAIN, "L01", "ready")
        words = ("act", PROJECT)
        town.done(*words, "receive", "L01", "--all-materials", "--as", "project-manager")
        town.done(*words, "accept", "L01", "--as", "park-committee.officer")
        page = town.done("show", CHAIN, "--timeline", "--explain", "L01")
        assert "卡点：L01 签约与专班组建" in page
        assert "● 正常办理" in page
        assert "剩 1 个工作日" in page
        assert "起算事件当日不计入" in page
        decided = town.done(
            *words, "decide", "L01", "--result", "pass", "--as", "park-committee.officer"
        )
        assert "办结·通过 · ✓ 已办结" in decided
        data = town.told("show", PROJECT, "--timeline")
        states = {one["key"]: one["state"] for one in data["steps"]}
        assert states["L01"] == "passed"
        assert states["L02"] == "ready"
        assert [event["seq"] for event in data["timeline"]] == list(
            range(1, len(data["timeline"]) + 1)
        )

    def test_any_term_is_explained_day_by_day(self, town: Town) -> None:
        page = town.done("show", CHAIN, "--explain", "acceptance:L01")
        assert "受理期限" in page
        assert "第二百零一条" in page
        told = town.told("show", CHAIN, "--explain", "acceptance:L01")["explanation"]
        assert told["due"]["ledger"][-1]["day"] == told["closes_on"]
        unknown = town.run("show", CHAIN, "--explain", "deficiency:L01-x")
        assert "[unknown_term]" in unknown.stderr

    def test_english_readers_read_english(self, town: Town) -> None:
        page = town.done("show", PROJECT, "--lang", "en")
        assert "Forecast: done on" in page
        assert "Agreement and steward team" in page

    def test_the_same_key_does_a_thing_once(self, town: Town) -> None:
        words = ("act", PROJECT, "receive", "L02", "--all-materials", "--as", "project-manager")
        first = town.told(*words, "--key", "one-and-the-same")
        again = town.told(*words, "--key", "one-and-the-same")
        assert first["seq"] == again["seq"]

    def test_the_forecast_is_that_of_the_running_chain(self, town: Town) -> None:
        data = town.told("forecast", "--chain", PROJECT)
        assert data["critical_path"][-1] == "L22"

    def test_what_if_departments_are_slow(self, town: Town) -> None:
        before = town.told("show", PROJECT)["seq"]
        usual = town.told("what-if", PROJECT)
        slow = town.told("what-if", PROJECT, "--share", "150", "--step", "L04=300")
        assert usual["finish"] < slow["finish"]
        late = {one["step"]: one["late_by"] for one in slow["steps"]}
        assert late["L04"] > late["L05"] >= 0
        page = town.done("what-if", CHAIN, "--share", "300", "--correcting", "5", "--lang", "en")
        assert "working days after the promise" in page
        assert "Escalations that would fire" in page
        assert "[unknown_step]" in town.run("what-if", PROJECT, "--step", "L99=200").stderr
        assert town.run("what-if", PROJECT, "--step", "L04=slow").exit_code == 2
        assert town.told("show", PROJECT)["seq"] == before

    def test_nothing_is_escalated_yet(self, town: Town) -> None:
        assert town.told("escalations", "--all") == {"items": []}

    def test_a_second_launch_of_the_project_is_refused(self, town: Town) -> None:
        result = town.run("launch", "land-to-construction", "--project", PROJECT)
        assert result.exit_code == 1
        assert "[already_launched]" in result.stderr

    def test_a_preview_tells_and_changes_nothing(self, town: Town) -> None:
        before = town.told("show", PROJECT)
        words = ("act", PROJECT, "withdraw_chain", "--reason", "不建了", "--preview")
        page = town.done(*words, "--as", "housekeeper")
        assert "未写入" in page
        assert "整链撤件" in page
        assert town.told(*words, "--as", "housekeeper")["events"][0]["type"]
        after = town.told("show", PROJECT)
        assert (after["seq"], after["state"]) == (before["seq"], "running")
        refused = town.run("act", PROJECT, "add_unit", "B1", "--reason", "r", "--preview")
        assert refused.exit_code == 1
        assert "[no_units]" in refused.stderr

    def test_the_ledgers_go_to_screen_excel_and_paper(self, town: Town, tmp_path: Path) -> None:
        assert town.told("commitments", "--overdue") == {"items": []}
        assert "容缺台账：0 件" in town.done("deficiencies", "--due-to", "2030-01-01")
        for ledger, title in (("commitments", "承诺台账"), ("deficiencies", "容缺台账")):
            book, page = tmp_path / f"{ledger}.xlsx", tmp_path / f"{ledger}.html"
            town.done(ledger, "--excel", str(book))
            sheet = load_workbook(book).active
            assert sheet is not None
            assert sheet.title == title
            town.done(ledger, "--print", str(page))
            assert "size: A4" in page.read_text()
            assert f"<h1>{title}</h1>" in page.read_text()
        assert "[invalid_request]" in town.run("commitments", "--state", "none").stderr

    def test_opinions_owed_are_a_list_of_their_own(self, town: Town) -> None:
        told = town.told("inbox", "water", "--opinions", "--as", "water.officer")
        assert told == {"items": []}

    def test_units_are_for_chains_that_have_them(self, town: Town) -> None:
        words = ("launch", "land-to-construction", "--project", PROJECT, "--unit", "B1=1号厂房")
        refused = town.run(*words)
        assert refused.exit_code == 1
        assert "[launch_invalid]" in refused.stderr
        assert town.run("launch", "land-to-construction").exit_code == 2

    def test_the_record_is_whole_here_and_in_an_export(self, town: Town, tmp_path: Path) -> None:
        assert town.told("audit", "verify", "--chain", CHAIN) == {"whole": True, "findings": []}
        copy = tmp_path / "record.jsonl"
        town.done("audit", "export", "--all", str(copy))
        verdict = town.told("audit", "verify", str(copy))
        assert verdict["whole"] is True
        assert verdict["counts"]["event"] > 0
        copy.write_text(copy.read_text().replace("L01", "L02", 1))
        result = town.run("audit", "verify", str(copy), "--json")
        assert result.exit_code == 1
        assert "changed" in {one["kind"] for one in json.loads(result.stdout)["findings"]}

    def test_the_day_is_signed_by_a_key_of_ones_own(self, town: Town) -> None:
        while not (keys := town.told("audit", "keys")["items"]):
            time.sleep(0.1)
        (key,) = keys
        file = town.tokens.parent / "audit-key.pem"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert fingerprint(SigningKey.read(file.read_bytes()).public) == key["fingerprint"]

    def test_an_inspector_gets_the_file_of_a_case(self, town: Town, tmp_path: Path) -> None:
        folder = tmp_path / "inspector"
        told = town.told("audit", "case", CHAIN, "--out", str(folder))
        pdf, lines = (Path(one) for one in told["files"])
        assert pdf.read_bytes().startswith(b"%PDF-")
        assert town.told("audit", "verify", str(lines))["whole"] is True
        assert town.run("audit", "case", "none", "--out", str(folder)).exit_code == 1
        assert sorted(folder.iterdir()) == sorted([pdf, lines])


class TestWhoActs:
    def test_tokens_are_for_their_owner_alone(self, town: Town) -> None:
        files = list(town.tokens.iterdir())
        assert len(files) > 40
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE(town.tokens.stat().st_mode) == 0o700

    def test_a_department_cannot_act_on_another_ones_step(self, town: Town) -> None:
        result = town.run("act", PROJECT, "accept", "L02", "--as", "water.officer")
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert "[other_department]" in result.stderr

    def test_a_name_without_a_token_is_told_with_those_there_are(self, town: Town) -> None:
        result = town.run("inbox", "water", "--as", "nobody")
        assert result.exit_code == 1
        assert "water.officer" in result.stderr

    def test_a_wrong_token_is_refused(self, town: Town) -> None:
        env = town.env | {"GROUNDWORK_TOKEN": "gw_wrong"}
        assert "[not_signed_in]" in run("show", CHAIN, env=env).stderr

    def test_a_new_person_acts_until_the_token_is_revoked(self, town: Town) -> None:
        person = town.told("people", "add", "何新", "--role", "ops", "--save", "newcomer")
        assert town.run("people", "list", "--as", "newcomer").exit_code == 1
        town.done("audit", "verify")
        (token,) = town.told("people", "show", person["id"])["tokens"]
        town.done("people", "revoke", person["id"], token["id"])
        result = town.run("people", "list", "--as", "newcomer")
        assert "[not_signed_in]" in result.stderr

    def test_a_token_is_shown_once_or_saved(self, town: Town) -> None:
        everybody = town.told("people", "list")["items"]
        person = next(one for one in everybody if one["role"] == "data_bureau")
        issued = town.told("people", "token", person["id"], "--expires", "2099-01-01T00:00+08:00")
        assert issued["secret"].startswith("gw_")
        saved = town.told("people", "token", person["id"], "--save", "second-data-bureau")
        assert "secret" not in saved
        town.done("audit", "verify", "--as", "second-data-bureau")


class TestTheProcess:
    def test_the_doctor_finds_all_well(self, town: Town) -> None:
        checks = {one["id"]: one["status"] for one in town.told("doctor")["checks"]}
        assert {name for name, status in checks.items() if status != "ok"} == set()
        assert {"database", "temporal", "worker", "deployment", "api", "port"} <= checks.keys()

    def test_a_cluster_that_is_prepared_is_left_as_it_is(self, town: Town, tmp_path: Path) -> None:
        servers = {
            "DATABASE_URL": town.state.database_url or "",
            "TEMPORAL_ADDRESS": town.state.temporal_address or "",
            "TEMPORAL_NAMESPACE": "demonstration",
            "GROUNDWORK_VAULT_KEY_FILE": str(town.tokens.parent / "vault-keys.json"),
            "GROUNDWORK_PAYLOAD_KEY_FILE": str(town.tokens.parent / "payload-keys.json"),
        }
        prepared = told("prepare", env=servers)
        assert not prepared["search_attributes"]
        assert (prepared["administrator_token"], prepared["waits_for_version"]) == (None, None)
        key = tmp_path / "audit_key"
        key.write_bytes((town.tokens.parent / "audit-key.pem").read_bytes())
        key.chmod(0o444)  # as engines of containers lay secrets
        laid = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
        keyed = servers | laid | {"GROUNDWORK_AUDIT_KEY_FILE": str(key)}
        checks = {one["id"]: one["status"] for one in told("doctor", env=keyed)["checks"]}
        assert (checks["database"], checks["temporal"]) == ("ok", "ok")
        assert checks["audit_key"] == "ok"
        beside = keyed | {"GROUNDWORK_PORT": str(httpx.URL(town.state.api_url).port)}
        found = {one["id"]: one for one in told("doctor", env=beside)["checks"]}
        assert (found["port"]["status"], found["port"]["detail"]) == ("ok", "groundwork api")
        assert found["api"]["status"] == "ok"
        without = run("doctor", "--json", env=servers)
        assert without.exit_code == 1
        failing = [one for one in json.loads(without.stdout)["checks"] if one["status"] == "fail"]
        assert [one["id"] for one in failing] == ["audit_key"]

    def test_a_second_up_on_the_same_folder_is_refused(self, town: Town) -> None:
        second = town.start("--demo", "--empty")
        _, err = second.communicate(timeout=PATIENCE)
        assert second.returncode == 1
        assert "already runs" in err
        assert "Traceback" not in err

    def test_what_the_chain_is_called_in_the_temporal_ui(self, town: Town) -> None:
        page = httpx.get(
            f"{town.state.temporal_ui_url}/api/v1/namespaces/demonstration/workflows/{CHAIN}"
        )
        assert "LandToConstruction" in page.text
        assert town.told("show", CHAIN)["links"]["temporal_ui"].endswith(CHAIN)


class TestWithoutUp:
    def test_commands_that_need_it_say_so(self, tmp_path: Path) -> None:
        env = {"GROUNDWORK_DATA_DIR": str(tmp_path)}
        for words in (("show", CHAIN), ("forecast", "--chain", CHAIN), ("audit", "export", "-")):
            result = run(*words, env=env)
            assert result.exit_code == 3
            assert "groundwork up" in result.stderr

    def test_a_wrong_setting_is_told_in_one_line(self) -> None:
        result = run("doctor", env={"GROUNDWORK_PORT": "many"})
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert "GROUNDWORK_PORT" in result.stderr

    def test_the_doctor_finds_a_taken_port(self, tmp_path: Path, town: Town) -> None:
        env = town.env | {"GROUNDWORK_DATA_DIR": str(tmp_path)}
        result = run("doctor", "--json", env=env)
        assert result.exit_code == 1
        checks = json.loads(result.stdout)["checks"]
        failed = {one["id"] for one in checks if one["status"] == "fail"}
        assert failed == {"port", "temporal_port", "temporal_ui_port"}

    def test_a_credit_bureau_that_cannot_be_used_is_told_before_anything_starts(self) -> None:
        wrong = {"GROUNDWORK_CREDIT_URL": "https://somebody:hunter2@credit.example"}
        refused = run("up", env=wrong)
        assert refused.exit_code == 1
        assert "GROUNDWORK_CREDIT_URL" in refused.stderr
        assert "hunter2" not in refused.output

    def test_a_cluster_is_prepared_with_servers_of_its_own_only(self) -> None:
        result = run("prepare")
        assert result.exit_code == 1
        assert "DATABASE_URL" in result.stderr

    def test_the_doctor_finds_that_documents_cannot_be_kept(self, tmp_path: Path) -> None:
        (tmp_path / "documents").touch()
        env = {"GROUNDWORK_DATA_DIR": str(tmp_path)}
        found = json.loads(run("doctor", "--json", env=env).stdout)["checks"]
        documents = next(one for one in found if one["id"] == "documents")
        assert documents["status"] == "fail"
        (tmp_path / "documents").unlink()
        found = json.loads(run("doctor", "--json", env=env).stdout)["checks"]
        documents = next(one for one in found if one["id"] == "documents")
        assert documents["status"] == "skip"

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        blocked = tmp_path / "file"
        blocked.touch()
        result = run("doctor", "--json", env={"GROUNDWORK_DATA_DIR": str(blocked / "data")})
        assert result.exit_code == 1
        checks = {one["id"]: one["status"] for one in json.loads(result.stdout)["checks"]}
        assert checks["data_dir"] == "fail"


class TestTheDemonstration:
    def test_lies_apart_from_real_data(self, town: Town) -> None:
        assert town.data_dir.parent == town.folder / "data"
        assert [one.name for one in town.data_dir.parent.iterdir()] == ["demo"]

    def test_tells_its_pages_who_can_be_played(self, town: Town) -> None:
        told = httpx.get(f"{town.state.api_url}/demonstration").json()
        assert (told["demo"], told["park"]) == (True, None)
        everybody = {one["id"]: one["name"] for one in town.told("people", "list")["items"]}
        assert len(told["cast"]) > 40
        for player in told["cast"]:
            assert everybody[player["person"]] == player["name"]
            assert (town.tokens / player["handle"]).is_file()


class TestPeople:
    def test_are_added_with_a_password_that_is_shown_once(self, town: Town) -> None:
        added = town.told(
            *("people", "add", "何新", "--role", "ops", "--password"),
            *("--sign-in-name", "He.Xin"),
        )
        given = added["one_time"]
        assert given["sign_in_name"] == "he.xin"
        entered = self.enter(town, "he.xin", given["password"])
        assert (entered.status_code, entered.headers["location"]) == (303, "/profile/security")
        assert given["password"] not in town.done("people", "show", added["id"], "--json")
        page = town.done("people", "reset-password", added["id"], "--second-factor")
        assert "he.xin" in page
        renewed = page.split()[-1]
        assert self.enter(town, "he.xin", given["password"]).status_code == 401
        assert self.enter(town, "he.xin", renewed).status_code == 303
        taken = town.run("people", "add", "何新", "--role", "ops", "--sign-in-name", "HE.XIN")
        assert "[sign_in_name_taken]" in taken.stderr
        assert "p-" in taken.stdout, "who was added all the same"

    def test_have_tokens_for_one_purpose(self, town: Town) -> None:
        person = town.told("people", "add", "大屏", "--role", "data_bureau")["id"]
        town.done("people", "token", person, "--scope", "read", "--save", "screen")
        assert town.told("projects", "--as", "screen")["items"]
        (row,) = town.told("people", "show", person)["tokens"]
        assert (row["scope"], row["kind"]) == ("read", "api")
        assert row["expires_at"]

    def enter(self, town: Town, name: str, password: str) -> httpx.Response:
        form = {"name": name, "password": password}
        return httpx.post(f"{town.state.api_url}/sign-in", data=form)


class TestFromOneStartToTheNext:
    def test_the_token_is_printed_once_and_everything_is_there_again(self, town: Town) -> None:
        file = town.tokens / "administrator"
        secret = file.read_text().strip()
        before = town.told("show", CHAIN)
        first = town.close()
        assert first.code == 0, first.err
        assert first.seconds < STOP_SECONDS
        assert running_up(town.data_dir) is None
        assert first.out.count(secret) == 1
        assert secret not in first.err
        assert first.out.count("登录名 admin") == 1

        file.unlink()  # as if `up` had been killed before it could write it down
        town.open("--demo", "--empty")
        after = town.told("show", CHAIN)
        assert (after["seq"], after["state"]) == (before["seq"], "running")
        second = town.close()
        assert second.code == 0, second.err
        assert "gw_" not in second.out
        assert "登录名 admin" not in second.out
