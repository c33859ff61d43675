"""Documents of the project's bag beside the materials of a step: as links, and to hand in."""

from typing import Any, Final
from urllib.parse import quote

from groundwork.api.bag_view import step_bag, step_bag_view
from groundwork.api.pages.frame import Page
from groundwork.api.receipts import PREFIX
from groundwork.domain.documents import Scan
from groundwork.domain.model import Chain
from groundwork.domain.rules import Rules
from groundwork.store.paging import Row

Json = dict[str, Any]

MOST_DOCUMENTS: Final = 200
"""Documents of a bag that are looked through for a step's links."""


async def bag_files(
    page: Page, chain: Chain, rules: Rules, key: str
) -> tuple[Json, dict[str, list[Json]]]:
    """What a step needs of the bag, and the files there are for each material.

    Raises Rejection (unknown_step).
    """
    project = chain.launch.project_code
    bag = await step_bag(page.visit, chain, rules.definition, key, project)
    told = step_bag_view(page.visit, rules.definition, bag, chain)
    wanted = {document for one in told["needs"] for document in one["documents"]}
    known: dict[str, Json] = {}
    if wanted:
        found = await page.resources.document_desk.documents.page(project, limit=MOST_DOCUMENTS)
        known = {row["id"]: _file(row) for row in found.items if row["id"] in wanted}
    files = {
        one["material"]: [known[document] for document in one["documents"] if document in known]
        for one in told["needs"]
    }
    return told, files


def upload_limits(page: Page) -> Json:
    """What may be uploaded: the largest size in MiB, and which formats."""
    settings = page.resources.settings
    types = sorted(settings.document_types)
    return {
        "most": settings.documents_largest_mib,
        "types": page.say("、", ", ").join(types).upper(),
        "accept": ",".join(f".{one}" for one in types),
    }


def _file(row: Row) -> Json:
    """A document as a link: its newest version that may be read, if there is one."""
    readable = [one for one in row["versions"] if one["kept"] and Scan(one["scan"]).readable]
    newest = row["versions"][-1]
    place = f"{PREFIX}/projects/{quote(row['project_code'])}/documents/{quote(row['id'])}/content"
    return {
        "id": row["id"],
        "name": row["title"] or newest["file_name"],
        "version": newest["number"],
        "href": place if readable else None,
    }
