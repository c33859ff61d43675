"""The reader's own pages: sessions, channels, calendar links, absences, delegations, handovers."""

import re

import pytest

from groundwork.api.marks import COOKIE
from tests.api.desks import HEAD, LEADER, OFFICER, OTHER, day, held, staff
from tests.api.house import House
from tests.api.pages import plain
from tests.pages.browsing import Browser, signed_in

CHANNELS = "/profile/channels"
DUTIES = "/profile/duties"


@pytest.fixture
async def desk(house: House) -> House:
    """The house with a department's staff hired afresh."""
    await staff(house)
    return house


async def test_tells_who_one_is_and_for_whom_one_acts(desk: House) -> None:
    away = {
        "first_day": day(),
        "last_day": day(2),
        "substitute": desk.people[OTHER],
        "reason": "年休假",
    }
    mine = f"{DUTIES}/{desk.people[OFFICER]}"
    officer, other = await signed_in(desk, OFFICER), await signed_in(desk, OTHER)
    done = await officer.send(DUTIES, f"{mine}/absences", **away)
    assert (done.status_code, done.headers["location"]) == (303, DUTIES)
    assert "请假代理" in plain((await other.get("/profile")).text)
    assert "您正在请假" in plain((await officer.get("/profile")).text)
    shown = (await officer.get(DUTIES)).text
    (end,) = re.findall(r'action="([^"]+/absences/[^"]+/end)"', shown)
    await officer.send(DUTIES, end)
    assert "您目前只以本人身份办理" in plain((await other.get("/profile")).text)


class TestSessions:
    async def test_are_listed_without_secrets_and_end_one_by_one(self, desk: House) -> None:
        first, second = await signed_in(desk, OFFICER), await signed_in(desk, OFFICER)
        page = (await first.get("/profile/sessions")).text
        assert desk.tokens[OFFICER] not in page
        assert first.cookies[COOKIE] not in page
        assert page.count("网页登录") == 2
        await first.send("/profile/sessions", "/profile/sessions/end", others=1)
        assert (await second.get("/profile")).status_code == 303
        assert (await first.get("/profile")).status_code == 200
        assert (await desk.get(OFFICER, "/projects")).status_code == 200, "tokens stay"

    async def test_end_everywhere(self, desk: House) -> None:
        first, second = await signed_in(desk, OFFICER), await signed_in(desk, OFFICER)
        secret = first.cookies[COOKIE]
        answer = await first.send("/profile/sessions", "/profile/sessions/end")
        assert answer.headers["location"] == "/sign-in"
        first.cookies[COOKIE] = secret
        assert (await first.get("/profile")).status_code == 303
        assert (await second.get("/profile")).status_code == 303

    async def test_of_others_cannot_be_ended(self, desk: House) -> None:
        mine, theirs = await signed_in(desk, OFFICER), await signed_in(desk, OTHER)
        page = (await mine.get("/profile/sessions")).text
        token = re.findall(r'action="(/profile/sessions/t-[^"]+/revoke)"', page)[0]
        assert (await theirs.send("/profile/sessions", token)).status_code == 404
        own = await mine.send("/profile/sessions", token)
        assert own.status_code == 303


class TestChannels:
    async def test_are_added_changed_tested_and_disabled(self, desk: House) -> None:
        reader = await signed_in(desk, OFFICER)
        added = await reader.send(
            CHANNELS, CHANNELS, label="企微", url="wecombot://topsecretkey", rhythm="daily",
            language="zh", quiet_since="22:00", quiet_until="07:30",
        )  # fmt: skip
        assert added.status_code == 303, added.text
        page = (await reader.get(CHANNELS)).text
        assert "topsecret" not in page
        assert "22:00–07:30" in page
        (change,) = set(re.findall(r'action="(/profile/channels/c-[0-9a-f]+)"', page))
        changed = await reader.send(
            CHANNELS, change, label="企微", language="en", rhythm="weekly", quiet_since="",
            quiet_until="",
        )  # fmt: skip
        assert changed.status_code == 303, changed.text
        page = (await reader.get(CHANNELS)).text
        assert "22:00–07:30" not in page
        assert "每周一封摘要 · English" in plain(page)
        assert (await reader.send(CHANNELS, f"{change}/test")).status_code == 303
        await reader.send(CHANNELS, f"{change}/state", state="disabled")
        assert "已停用的渠道" in (await reader.get(CHANNELS)).text

    async def test_keep_what_was_typed_and_say_what_is_wrong(self, desk: House) -> None:
        reader = await signed_in(desk, OFFICER)
        wrong = await reader.send(
            CHANNELS, CHANNELS, label="甲 <b>", url="ftp://x", quiet_since="22:00"
        )
        assert wrong.status_code == 422
        assert 'value="甲 &lt;b&gt;"' in wrong.text
        assert 'value="22:00"' in wrong.text
        assert 'class="mistakes"' in wrong.text

    async def test_of_others_are_not_found(self, desk: House) -> None:
        reader = await signed_in(desk, OFFICER)
        assert (await reader.send(CHANNELS, f"{CHANNELS}/c-none/test")).status_code == 404

    async def test_a_bare_address_is_an_e_mail_address(self, desk: House) -> None:
        reader = await signed_in(desk, OTHER)
        await reader.send(CHANNELS, CHANNELS, label="邮箱", url="someone@example.cn")
        assert "mailto" in (await reader.get(CHANNELS)).text


class TestCalendarLinks:
    async def test_are_shown_once_renewed_and_revoked(self, desk: House) -> None:
        reader = await signed_in(desk, OFFICER)
        made = await reader.send(CHANNELS, "/profile/feeds", label="手机", language="zh")
        link = self.link(made.text)
        assert (await desk.http.get(link)).status_code == 200
        page = (await reader.get(CHANNELS)).text
        assert link not in page
        (feed,) = re.findall(r'name="renew" value="(f-[0-9a-f]+)"', page)
        again = await reader.send(
            CHANNELS, "/profile/feeds", label="手机", language="zh", renew=feed
        )
        fresh = self.link(again.text)
        assert fresh != link
        assert (await desk.http.get(link)).status_code == 404
        (revoke,) = re.findall(r'action="(/profile/feeds/f-[0-9a-f]+/revoke)"', again.text)
        assert (await reader.send(CHANNELS, revoke)).status_code == 303
        assert (await desk.http.get(fresh)).status_code == 404

    def link(self, page: str) -> str:
        (found,) = re.findall(r'<code class="secret">[^<]*(/feeds/[^<]+\.ics)</code>', page)
        return str(found)


class TestDuties:
    async def test_mistakes_come_back_with_what_was_typed(self, desk: House) -> None:
        reader = await signed_in(desk, OFFICER)
        mine = f"{DUTIES}/{desk.people[OFFICER]}/absences"
        wrong = await reader.send(
            DUTIES, mine, first_day=day(3), last_day=day(1), substitute=desk.people[OTHER],
            reason="出差 <i>",
        )  # fmt: skip
        assert wrong.status_code == 422
        assert "出差 &lt;i&gt;" in wrong.text
        assert "不得早于起始日" in wrong.text

    async def test_a_head_sets_them_for_those_below_and_nobody_for_those_above(
        self, desk: House
    ) -> None:
        head, officer = await signed_in(desk, HEAD), await signed_in(desk, OFFICER)
        below = f"{DUTIES}?person={desk.people[OFFICER]}"
        assert "您在查看和登记" in (await head.get(below)).text
        above = await officer.get(f"{DUTIES}?person={desk.people[HEAD]}")
        assert above.status_code == 403

    async def test_a_leader_delegates_and_takes_it_back(self, desk: House) -> None:
        leader, head = await signed_in(desk, LEADER), await signed_in(desk, HEAD)
        place = f"{DUTIES}/{desk.people[LEADER]}/delegations"
        asked = {
            "delegate": desk.people[HEAD],
            "actions": ["extend", "revoke"],
            "first_day": day(),
            "last_day": day(5),
            "steps.lines": "L08\nL09",
            "reason": "出差",
        }
        done = await leader.send(DUTIES, place, **asked)
        assert done.status_code == 303, done.text
        assert "受委托：延期、撤回决定" in plain((await head.get("/profile")).text)
        (end,) = re.findall(r'action="([^"]+/delegations/d-[^"]+/end)"', await _text(leader))
        await leader.send(DUTIES, end)
        assert "您目前只以本人身份办理" in plain((await head.get("/profile")).text)

    async def test_officers_delegate_nothing(self, desk: House) -> None:
        officer = await signed_in(desk, OFFICER)
        assert 'id="delegation"' not in await _text(officer)


async def _text(reader: Browser) -> str:
    return (await reader.get(DUTIES)).text


async def test_steps_are_handed_over_after_they_were_seen(busy_house: House) -> None:
    await staff(busy_house)
    chain = await held(busy_house, OFFICER)
    head = await signed_in(busy_house, HEAD)
    place = f"{DUTIES}/handover"
    asked = {
        "person": busy_house.people[OFFICER],
        "to": busy_house.people[OTHER],
        "reason": "轮岗",
    }
    seen = await head.send(place, place, **asked, preview=1)
    assert f"/chains/{chain}" in seen.text
    assert "将移交 1 个环节" in seen.text
    (handover,) = re.findall(r'name="handover" value="([^"]+)"', seen.text)
    done = await head.send(place, place, **asked, handover=handover)
    assert "已移交 1 个，未移交 0 个" in done.text
    again = await head.send(place, place, **asked, handover=handover)
    assert "已移交 1 个，未移交 0 个" in again.text, "the same handover is not done twice"
    empty = await head.send(place, place, **asked, preview=1)
    assert "没有可移交的未结环节" in empty.text
    nobody = await head.send(place, place, person=asked["person"], to="", reason="x", preview=1)
    assert nobody.status_code == 422
