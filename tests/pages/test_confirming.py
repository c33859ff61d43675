"""What has grave effects is not done on an old sign-in, and nothing typed is lost."""

import re
from html import unescape

from sqlalchemy import text

from groundwork.api.marks import COOKIE, mark
from tests.api.house import PREFIX, House, fresh_key
from tests.pages.browsing import Browser, signed_in

REASON = "项目不再实施 <终止>"


async def aged(house: House) -> None:
    """Let everybody's sign-in grow old."""
    async with house.resources.database.begin() as connection:
        await connection.execute(
            text("UPDATE api_token SET confirmed_at = confirmed_at - interval '16 minutes'")
        )
    house.resources.identities.forget()


def hidden(page: str) -> dict[str, str]:
    """What the form of a page carries."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {unescape(name): unescape(value) for name, value in pairs}


async def test_a_command_waits_until_it_is_confirmed(busy_house: House) -> None:
    chain = await busy_house.launch()
    browser = await signed_in(busy_house, "administrator")
    await aged(busy_house)
    place = f"/chains/{chain}/steps/L01/annul"
    fields = await browser.fields(f"/chains/{chain}/steps/L01")
    page = await browser.post(place, **fields, reason=REASON, intent="confirm")
    assert page.status_code == 401
    assert "请确认是您本人" in page.text
    other = busy_house.tokens["project_manager"]
    for wrong in ("gw_wrong", other):
        page = await browser.post("/confirm", **hidden(page.text), token=wrong)
        assert page.status_code == 401
    own = busy_house.tokens["administrator"]
    kept = await browser.post("/confirm", **hidden(page.text), token=own)
    assert kept.status_code == 200, kept.text
    assert f'action="{place}"' in kept.text
    assert hidden(kept.text)["reason"] == REASON
    done = await browser.post(place, **hidden(kept.text))
    assert done.status_code == 422, "nothing was decided yet that could be annulled"
    assert "请确认是您本人" not in done.text


async def test_the_api_asks_browsers_and_not_programs(busy_house: House) -> None:
    chain = await busy_house.launch()
    browser = await signed_in(busy_house, "housekeeper")
    await aged(busy_house)
    secret = browser.cookies[COOKIE]
    headers = {
        "cookie": f"{COOKIE}={secret}",
        "x-csrf-token": mark(secret),
        "idempotency-key": fresh_key(),
    }
    place = f"{PREFIX}/chains/{chain}/commands/terminate_chain"
    refused = await busy_house.http.post(place, headers=headers, json={"reason": REASON})
    assert (refused.status_code, refused.json()["code"]) == (401, "confirmation_required")
    done = await busy_house.act("housekeeper", chain, "terminate_chain", reason=REASON)
    assert done.status_code in {200, 202}


async def test_many_steps_at_once_wait_as_well(house: House) -> None:
    who = "officer@park-committee"
    browser = await signed_in(house, who)
    place = "/inbox/park-committee/bulk"
    fields = await browser.fields("/inbox/park-committee")
    fresh = await browser.post(place, **fields, verb="accept", pick="x.y|L01")
    assert fresh.status_code == 200
    await aged(house)
    page = await browser.post(place, **fields, verb="accept", pick="x.y|L01")
    assert page.status_code == 401
    assert hidden(page.text)["kept.pick"] == "x.y|L01"


async def test_who_is_signed_out_finds_what_they_typed_but_no_secret(house: House) -> None:
    secret, reason = "correct horse battery", "a reason to keep"
    answer = await Browser(house).post(
        "/profile/security/password", old=secret, new=secret, again=secret, reason=reason
    )
    assert answer.status_code == 401
    assert reason in answer.text
    assert secret not in answer.text


async def test_in_a_demonstration_a_click_is_enough(house: House) -> None:
    house.resources.settings = house.resources.settings.model_copy(update={"demo": True})
    browser = Browser(house)
    await browser.post("/sign-in", person=house.people["officer@park-committee"])
    await aged(house)
    place = "/inbox/park-committee/bulk"
    fields = await browser.fields("/inbox/park-committee")
    page = await browser.post(place, **fields, verb="accept", pick="x.y|L01")
    assert "演示环境无需密码" in page.text
    kept = await browser.post("/confirm", **hidden(page.text), person=1)
    assert f'action="{place}"' in kept.text
    assert (await browser.post(place, **hidden(kept.text))).status_code == 200


async def test_nothing_is_confirmed_from_elsewhere(house: House) -> None:
    browser = await signed_in(house, "housekeeper")
    forged = await browser.post("/confirm", token=house.tokens["housekeeper"], next="/")
    assert forged.status_code == 403
    assert (await browser.get("/confirm")).headers["location"] == "/"
