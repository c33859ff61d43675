"""`groundwork documents`: a project's bag of materials (一袋式)."""

import contextlib
import errno
import os
import time
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Final

import typer

from groundwork.console.desk import PAUSE_SECONDS, Desk, Interrupted, ProblemFault, signed_in
from groundwork.console.screen import Grid

app = typer.Typer(
    no_args_is_help=True, help="A project's documents, handed in once for every step (一袋式)."
)

Project = Annotated[str, typer.Argument(metavar="PROJECT", help="Code of the project.")]
DocumentId = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Id of a document: d-….")]

_PART: Final = 1024 * 1024
"""Small enough that a bad line gets one through."""


@app.command("list")
@signed_in
def list_documents(desk: Desk, project: Project) -> None:
    """List what is in the bag, and where it was used."""
    screen = desk.screen
    items = desk.all(f"/projects/{project}/documents")
    columns = screen.say(
        "编号,名称,材料,版本,文件名,病毒扫描,用于", "Id,Title,Material,Version,File,Scan,Used at"
    ).split(",")
    rows = [
        (
            one["id"],
            one["title"],
            _filed_as(one),
            str(one["versions"][-1]["number"]),
            one["versions"][-1]["file_name"],
            one["versions"][-1]["scan_name"],
            ", ".join(dict.fromkeys(use["step"] for use in one["uses"])) or "—",
        )
        for one in items
    ]
    screen.show({"items": items}, Grid(columns, rows))


@app.command("bag")
@signed_in
def bag(
    desk: Desk,
    project: Project,
    *,
    chain: Annotated[
        str | None,
        typer.Option(help="A chain of the catalogue, launched or not; else all launched ones."),
    ] = None,
) -> None:
    """Show which materials are there and which are missing, step by step."""
    screen = desk.screen
    found = desk.get(f"/projects/{project}/bag", chain=chain)
    columns = screen.say("环节,材料,代码,状态,可后补", "Step,Material,Code,State,May follow").split(
        ","
    )
    rows = [
        (step["step"], need["name"], need["material"], _state(desk, need), _follows(desk, need))
        for one in found["chains"]
        for step in one["steps"]
        for need in step["needs"]
    ]
    screen.show(found, Grid(columns, rows))


@app.command("upload")
@signed_in
def upload(
    desk: Desk,
    project: Project,
    file: Annotated[
        Path, typer.Argument(help="The file.", exists=True, dir_okay=False, readable=True)
    ],
    *,
    material: Annotated[
        str | None,
        typer.Option(help="Material it is: design-scheme, or land-to-construction/survey-report."),
    ] = None,
    output: Annotated[
        str | None, typer.Option(help="Step whose result it is: land-to-construction/L20.")
    ] = None,
    part: Annotated[
        str | None, typer.Option(help="Unit or phase that alone it is about: B1.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="What it is called in the bag.")] = None,
    document: Annotated[
        str | None, typer.Option(help="Document of which it is a new version: d-….")
    ] = None,
) -> None:
    """Hand a document in. Call it again after an interruption: it goes on where it was."""
    screen = desk.screen
    told = {
        "file_name": file.name,
        "size": file.stat().st_size,
        "sha256": _digest(file),
        "material": material,
        "output": output,
        "part": part,
        "title": title,
        "document": document,
    }
    body = {name: value for name, value in told.items() if value is not None}
    # The same file for the same purpose is the same upload, also in another call.
    key = f"cli-{sha256(repr((project, sorted(body.items()))).encode()).hexdigest()[:40]}"
    begun = desk.write("POST", f"/projects/{project}/uploads", body, key)
    if begun["state"] == "finished":
        already = begun["already"]
        taken = {"document": begun["document"], "version": begun["version"], "already": already}
    else:
        path = f"/projects/{project}/uploads/{begun['id']}"
        with screen.busy("正在上传…", "Uploading…"), file.open("rb") as source:
            _send(desk, path, source, begun)
            taken = desk.write("POST", f"{path}/finish")
    name, number = taken["document"], taken["version"]
    screen.show(
        taken,
        screen.say(
            f"袋中已有：{name} 第{number}版", f"In the bag already: {name}, version {number}"
        )
        if taken["already"]
        else screen.say(f"已入袋：{name} 第{number}版", f"Handed in: {name}, version {number}"),
    )


@app.command("fetch")
@signed_in
def fetch(
    desk: Desk,
    project: Project,
    document: DocumentId,
    *,
    version: Annotated[int | None, typer.Option(help="Else the newest.", min=1)] = None,
    to: Annotated[
        Path | None, typer.Option(help="File to write; else its own name, in this folder.")
    ] = None,
) -> None:
    """Save a document. A file that is there already is left alone."""
    screen = desk.screen
    path = f"/projects/{project}/documents/{document}"
    shown = desk.get(path)
    kept = [one for one in shown["versions"] if one["kept"]]
    wanted = next((one for one in kept if one["number"] == version), kept[-1] if kept else None)
    target = to or Path(wanted["file_name"] if wanted else document)
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    desk.save_to(f"{path}/content", target, version=version)
    with target.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    screen.show(
        {"file": str(target), "sha256": digest},
        screen.say(f"已保存到 {target}", f"Saved as {target}"),
    )


@app.command("remove")
@signed_in
def remove(desk: Desk, project: Project, document: DocumentId) -> None:
    """Take a document out of the bag, as long as no step was handed in with it."""
    desk.write("DELETE", f"/projects/{project}/documents/{document}")
    screen = desk.screen
    screen.show({"removed": document}, screen.say(f"已移出 {document}", f"Removed {document}"))


def _send(desk: Desk, path: str, source: BinaryIO, begun: dict[str, Any]) -> None:
    """Send what is lacking, whatever breaks in between."""
    received, size = begun["received"], begun["size"]
    part = min(_PART, begun["largest_part"])
    until = time.monotonic() + desk.patience
    while received < size:
        source.seek(received)
        try:
            received = desk.send_part(path, received, source.read(part))["received"]
            until = time.monotonic() + desk.patience
        except Interrupted:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)
            with contextlib.suppress(Interrupted):
                received = desk.get(path)["received"]
        except ProblemFault as fault:
            if fault.problem["code"] != "upload_offset_differs":
                raise
            received = fault.problem["received"]


def _digest(file: Path) -> str:
    digest = sha256()
    with file.open("rb") as source:
        while data := source.read(_PART):
            digest.update(data)
    return digest.hexdigest()


def _filed_as(document: dict[str, Any]) -> str:
    name = document["filed_as"] or document["kind_name"]
    return f"{name} · {document['part']}" if document["part"] else name


def _state(desk: Desk, need: dict[str, Any]) -> str:
    screen = desk.screen
    shown: str = need["presence_name"]
    return shown + screen.aside(screen.say("已提交", "handed in") if need["handed_in"] else "")


def _follows(desk: Desk, need: dict[str, Any]) -> str:
    say = desk.screen.say
    ways = [
        name
        for name, may in (
            (say("容缺", "tolerated"), need["tolerable"]),
            (say("承诺", "committed"), need["committable"]),
        )
        if may
    ]
    return say("、", ", ").join(ways) or "—"
