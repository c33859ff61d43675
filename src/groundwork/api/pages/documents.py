"""A project's bag of materials (一袋式): what is there and missing, and handing in right here."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Depends, Response

from groundwork.api.answers import as_problem
from groundwork.api.bag_view import documents_view, project_bag, running_chains
from groundwork.api.documents import DocumentId, ProjectCode, remove
from groundwork.api.errors import FieldError, Problem
from groundwork.api.handing_in import take_file
from groundwork.api.pages.acting import back_to
from groundwork.api.pages.asked import Asked
from groundwork.api.pages.bag_files import upload_limits
from groundwork.api.pages.cases import documents_address, project_address
from groundwork.api.pages.frame import Opened, Page, show
from groundwork.api.projects import find_project
from groundwork.domain.bag import Presence
from groundwork.domain.definition import Text
from groundwork.domain.documents import FORMATS, Unfit
from groundwork.domain.rejections import Rejection
from groundwork.store.errors import StoreError

router = APIRouter(include_in_schema=False, prefix="/projects/{code}/documents")

Reader = Annotated[Page, Depends(Opened("read_cases"))]
Uploader = Annotated[Page, Depends(Opened("upload_documents"))]
Remover = Annotated[Page, Depends(Opened("remove_documents"))]

Json = dict[str, Any]

PER_PAGE: Final = 100
_WORST: Final = (Presence.MISSING, Presence.PENDING, Presence.CARRIED, Presence.PRESENT)
_LIGHTS: Final = {
    "missing": "todo",
    "pending": "yellow",
    "carried": "done",
    "present": "done",
    "handed": "done",
}
_NO_FILE: Final = Text(zh="请选择要上传的文件", en="choose the files to upload")


class FileResult(NamedTuple):
    """What became of one file of a form: taken in, known already, or why not."""

    name: str
    already: bool = False
    problem: str = ""


@router.get("")
async def get_documents(page: Reader, code: ProjectCode) -> Response:
    """The materials that the project's chains ask for, and the documents in the bag."""
    return await _show(page, await find_project(page.visit, code))


@router.post("")
async def post_documents(page: Uploader, code: ProjectCode) -> Response:
    """Take in the files of a form, one by one: what is wrong with one does not hold up another."""
    project = await find_project(page.visit, code)
    files = page.form.files.get("file", [])
    if not files:
        fields = [FieldError("body", "#/file", "missing", _NO_FILE)]
        return await _show(
            page, project, Problem("invalid_request", fields=fields, count=1, first=_NO_FILE)
        )
    kind, _, value = page.form.get("filing").partition(":")
    given = {name: page.form.get(name) for name in ("part", "title") if page.form.get(name)}
    if kind in {"material", "output", "document"} and value:
        given[kind] = value
    results = []
    for number, file in enumerate(files):
        name = file.filename or ""
        key = f"{page.form.key}.{number}.{file.size or 0}"
        try:
            taken = await take_file(page.visit, project["code"], file, given, key)
            results.append(FileResult(name, taken.already))
        except (Problem, Rejection, Unfit, StoreError) as error:
            results.append(FileResult(name, problem=page.mistakes(as_problem(error)).detail))
    await page.form.close()
    if any(one.problem for one in results):
        return await _show(page, project, results=results)
    return back_to(page, page.form.get("next") or _here(page, project["code"]), "said:saved")


@router.post("/{document}/remove")
async def post_remove(page: Remover, code: ProjectCode, document: DocumentId) -> Response:
    """Take a document out of the bag, as long as no step was handed in with it."""
    project = await find_project(page.visit, code)
    try:
        await remove(page.visit, project["code"], document)
    except (Problem, Rejection) as error:
        return await _show(page, project, as_problem(error))
    return back_to(page, _here(page, project["code"]), "said:removed")


def _here(page: Page, code: str) -> str:
    return documents_address(code, Asked(page).text("chain"))


async def _show(
    page: Page,
    project: Json,
    problem: Problem | None = None,
    results: Iterable[FileResult] = (),
) -> Response:
    asked, desk = Asked(page), page.resources.document_desk
    chosen = await _chosen_chain(page, project["code"], asked.text("chain"))
    bag = await project_bag(page.visit, project["code"], chosen)
    rows = await desk.documents.page(project["code"], cursor=asked.text("cursor"), limit=PER_PAGE)
    documents = await documents_view(page.visit, project["code"], rows.items)
    materials = [row for chain in bag for row in _materials(chain)]
    people = {one["uploaded_by"] for document in documents for one in document["versions"]}
    wanted = f"document:{asked['document']}" if asked["document"] else ""
    return show(
        page,
        "documents.html",
        422 if problem or results else 200,
        project=project,
        project_href=project_address(project["code"]),
        tabs=[
            (name, documents_address(project["code"], chain), chain == chosen, None)
            for chain, name in _chains(page)
        ],
        chosen=chosen,
        materials=materials,
        counts={one: sum(m["presence"] == one for m in materials) for one in _LIGHTS},
        documents={one["id"]: one for one in documents},
        next=rows.next,
        outputs=_outputs(page, chosen),
        filing=page.form.get("filing") or asked["filing"] or wanted,
        names=await page.resources.people.names(people),
        lights=_LIGHTS,
        scans={"clean": "done", "not_scanned": "todo", "pending": "yellow", "infected": "red"},
        limits=upload_limits(page),
        may_upload=page.may("upload_documents"),
        may_remove=page.may("remove_documents"),
        results=list(results),
        mistakes=page.mistakes(problem),
        formats=FORMATS,
    )


async def _chosen_chain(page: Page, code: str, asked: str | None) -> str:
    """The chain of the address, else the project's last one, else the first of the catalogue."""
    if asked:
        return page.resources.shelf.find(asked).definition.id
    running = await running_chains(page.visit, code)
    if running:
        return running[-1].definition.id
    first = next(iter(page.resources.shelf))
    return next(
        (one.definition.id for one in page.resources.shelf if one.definition.follows is None),
        first.definition.id,
    )


def _chains(page: Page) -> list[tuple[str, str]]:
    known = {one.definition.id: page.said(one.definition.name) for one in page.resources.shelf}
    return list(known.items())


def _outputs(page: Page, chain: str) -> list[tuple[str, str]]:
    definition = page.resources.shelf.find(chain).definition
    return [
        (f"output:{chain}/{step.id}", f"{step.id} {page.said(step.output)}")
        for step in definition.steps
    ]


def _materials(chain: Json) -> list[Json]:
    """What a chain asks for, each material once, with the steps that ask for it."""
    found: dict[str, Json] = {}
    for step in chain["steps"]:
        for need in step["needs"]:
            row = found.setdefault(
                need["material"],
                {
                    "reference": f"{chain['definition']}/{need['material']}",
                    "name": need["name"],
                    "presence": need["presence"],
                    "presence_name": need["presence_name"],
                    "documents": [],
                    "steps": [],
                },
            )
            if _WORST.index(need["presence"]) < _WORST.index(row["presence"]):
                row |= {name: need[name] for name in ("presence", "presence_name")}
            row["documents"] += [one for one in need["documents"] if one not in row["documents"]]
            row["steps"].append(
                {"key": step["step"], "name": step["name"], "chain": chain["chain"]}
                | {name: need[name] for name in ("handed_in", "tolerable", "committable", "cure")}
            )
    for row in found.values():
        if row["presence"] == "missing" and all(one["handed_in"] for one in row["steps"]):
            # It came on paper, or before there was a bag: nobody waits for it.
            row["presence"] = "handed"
    return list(found.values())
