"""Projects: national codes, credit codes, and the override of a failing check."""

import httpx

from tests.api.house import PREFIX, House, failing_uscc, fresh_code, fresh_key, project_body


def code_of(response: httpx.Response) -> str:
    code: str = response.json()["code"]
    return code


async def test_a_project_is_created_listed_and_found(house: House) -> None:
    body = project_body()
    created = await house.post("housekeeper", "/projects", body)
    assert created.status_code == 201
    assert created.headers["location"] == f"{PREFIX}/projects/{body['code']}"
    project = created.json()
    assert project["housekeeper"] == project["created_by"] == house.people["housekeeper"]
    assert project["district"] == "440784"

    found = await house.get("project_manager", f"/projects/{body['code']}")
    assert found.json() == project | {"chains": []}
    listed = await house.get("project_manager", "/projects?limit=1")
    assert listed.json()["items"] == [project | {"chain": None}]


async def test_the_same_project_again_is_the_same_answer(house: House) -> None:
    body, key = project_body(), fresh_key()
    first = await house.post("housekeeper", "/projects", body, key=key)
    again = await house.post("housekeeper", "/projects", body, key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()


async def test_a_taken_code_with_other_content_is_a_conflict(house: House) -> None:
    body = project_body()
    await house.post("housekeeper", "/projects", body)
    other = await house.post("housekeeper", "/projects", body | {"name": "另一项目"})
    assert (other.status_code, code_of(other)) == (409, "project_exists")


async def test_older_codes_and_sloppy_writing_are_understood(house: House) -> None:
    old = fresh_code().replace("2603-", "2019-")
    created = await house.post(
        "housekeeper", "/projects", project_body(code=f" {old.replace('-', '－')} ")
    )
    assert created.json()["code"] == old


async def test_a_wrong_project_code_is_explained(house: House) -> None:
    response = await house.post("housekeeper", "/projects", project_body(code="2603-1"))
    assert (response.status_code, code_of(response)) == (422, "project_code_invalid")
    assert "4-6-2-2-6" in response.json()["detail"]


async def test_a_wrong_credit_code_is_explained(house: House) -> None:
    response = await house.post("housekeeper", "/projects", project_body(uscc="9144"))
    assert (response.status_code, code_of(response)) == (422, "uscc_invalid")


class TestAFailingCheckCharacter:
    async def test_warns_and_creates_nothing(self, house: House) -> None:
        body = project_body(uscc=failing_uscc())
        response = await house.post("housekeeper", "/projects", body)
        assert (response.status_code, code_of(response)) == (422, "uscc_check_digit")
        gone = await house.get("housekeeper", f"/projects/{body['code']}")
        assert gone.status_code == 404

    async def test_is_overridden_by_an_officer_with_a_reason(self, house: House) -> None:
        body = project_body(
            uscc=failing_uscc(),
            uscc_override_reason="已核对营业执照原件",
            housekeeper=house.people["housekeeper"],
        )
        response = await house.post("officer@development-reform", "/projects", body)
        assert response.status_code == 201
        assert response.json()["uscc_override_reason"] == "已核对营业执照原件"

    async def test_is_not_overridden_by_a_housekeeper(self, house: House) -> None:
        body = project_body(uscc=failing_uscc(), uscc_override_reason="我说了算")
        response = await house.post("housekeeper", "/projects", body)
        assert (response.status_code, code_of(response)) == (403, "not_permitted")

    async def test_needs_a_housekeeper_when_an_officer_overrides(self, house: House) -> None:
        body = project_body(uscc=failing_uscc(), uscc_override_reason="已核对")
        response = await house.post("officer@development-reform", "/projects", body)
        assert response.json()["errors"][0]["pointer"] == "#/housekeeper"


async def test_a_reason_that_nothing_needs_is_not_kept(house: House) -> None:
    body = project_body(uscc_override_reason="多余")
    response = await house.post("administrator", "/projects", body)
    assert response.json()["uscc_override_reason"] is None


async def test_pages_follow_each_other_without_gap_or_repeat(house: House) -> None:
    codes = {(await house.project(district="gonghe"))["code"] for _ in range(5)}
    seen: list[str] = []
    cursor = None
    while True:
        query = {"district": "gonghe", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await house.get("housekeeper", "/projects", params=query)).json()
        seen += [item["code"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == codes
