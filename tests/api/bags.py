"""How tests hand documents in: as a form, or as an upload in parts."""

from hashlib import sha256
from typing import Any

import httpx

from tests.api.house import House, fresh_key
from tests.papers_of_all_kinds import pdf

WHO = "project_manager"


async def hand_in(
    house: House,
    project: str,
    content: bytes | None = None,
    name: str = "方案.pdf",
    *,
    who: str = WHO,
    key: str | None = None,
    **fields: str,
) -> httpx.Response:
    """Send a form."""
    content = pdf(fresh_key()) if content is None else content
    return await house.ask(
        who,
        "POST",
        f"/projects/{project}/documents",
        key=key,
        files={"file": (name, content)},
        data=fields,
    )


async def handed_in(house: House, project: str, *args: Any, **more: Any) -> dict[str, Any]:
    """Send a form that is taken in."""
    response = await hand_in(house, project, *args, **more)
    assert response.status_code in {200, 201}, response.text
    taken: dict[str, Any] = response.json()
    return taken


async def begin(
    house: House,
    project: str,
    content: bytes,
    name: str = "方案.pdf",
    *,
    who: str = WHO,
    key: str | None = None,
    **changes: Any,
) -> httpx.Response:
    """Begin an upload."""
    told = {"file_name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
    return await house.post(who, f"/projects/{project}/uploads", told | changes, key=key)


async def send(
    house: House, project: str, upload: str, offset: int, data: Any, *, who: str = WHO
) -> httpx.Response:
    """Send a part."""
    return await house.ask(
        who,
        "PATCH",
        f"/projects/{project}/uploads/{upload}",
        content=data,
        headers={"Upload-Offset": str(offset)},
    )


async def finish(house: House, project: str, upload: str, *, who: str = WHO) -> httpx.Response:
    """Finish an upload."""
    return await house.ask(who, "POST", f"/projects/{project}/uploads/{upload}/finish")


async def shown(house: House, project: str, document: str) -> dict[str, Any]:
    """A document as it is shown."""
    response = await house.get(WHO, f"/projects/{project}/documents/{document}")
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def content_of(house: House, project: str, document: str, **more: Any) -> httpx.Response:
    """A document's content."""
    return await house.get(WHO, f"/projects/{project}/documents/{document}/content", **more)


def code(response: httpx.Response) -> tuple[int, str]:
    """How a request was refused."""
    return response.status_code, response.json()["code"]
