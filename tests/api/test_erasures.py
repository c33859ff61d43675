"""Erasing people through the API: who may, what prevents it, and what pages say afterwards."""

from groundwork.domain.model import Role
from tests.api.house import House

REASON = {"reason": "离职满三年"}


async def leaver(house: House) -> str:
    """Somebody who has left."""
    person = await house.resources.people.create("欧阳若溪", Role.HOUSEKEEPER)
    await house.ask("administrator", "DELETE", f"/people/{person.id}")
    return person.id


async def test_an_administrator_previews_and_erases(house: House) -> None:
    person = await leaver(house)
    path = f"/people/{person}/erasure"
    preview = (await house.get("administrator", path)).json()
    assert preview["why"] is None
    assert (await house.post("administrator", path, REASON)).status_code == 204
    shown = (await house.get("administrator", f"/people/{person}")).json()
    assert shown["name"] == "已删除 · erased"
    assert shown["id"] == person
    assert (await house.get("administrator", path)).json()["why"] == "erased"


async def test_who_was_erased_gets_no_token(house: House) -> None:
    person = await leaver(house)
    erased = await house.post("administrator", f"/people/{person}/erasure", REASON)
    assert erased.status_code == 204
    refused = await house.post("administrator", f"/people/{person}/tokens", {"label": "电脑"})
    assert (refused.status_code, refused.json()["code"]) == (404, "person_not_found")


async def test_what_prevents_it_is_told_with_its_remedy(house: House) -> None:
    person = await leaver(house)
    held = await house.ask("administrator", "PUT", f"/people/{person}/hold", json=REASON)
    assert held.status_code == 204
    refused = await house.post("administrator", f"/people/{person}/erasure", REASON)
    assert refused.status_code == 409
    assert refused.json()["code"] == "erasure_refused"
    assert "groundwork people release" in refused.json()["detail"]
    await house.ask("administrator", "DELETE", f"/people/{person}/hold")
    again = await house.post("administrator", f"/people/{person}/erasure", REASON)
    assert again.status_code == 204
    active = house.people["housekeeper"]
    refused = await house.post("administrator", f"/people/{active}/erasure", REASON)
    assert "groundwork people deactivate" in refused.json()["detail"]


async def test_nobody_but_an_administrator_may(house: House) -> None:
    person = await leaver(house)
    for method, path in (
        ("GET", "erasure"),
        ("POST", "erasure"),
        ("PUT", "hold"),
        ("DELETE", "hold"),
    ):
        answer = await house.ask("housekeeper", method, f"/people/{person}/{path}", json=REASON)
        assert answer.status_code == 403, (method, path)


async def test_somebody_who_is_not_there_is_not_found(house: House) -> None:
    answer = await house.get("administrator", "/people/p-nobody/erasure")
    assert answer.json()["code"] == "person_not_found"
