"""`groundwork catalogue`: what chains there are, what is in them, and whether a file is right."""

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from groundwork.console.faults import ExitCode, Misuse
from groundwork.console.options import prints
from groundwork.console.screen import Grid, Screen

if TYPE_CHECKING:
    from groundwork.catalogue.mistakes import Mistake
    from groundwork.domain.definition import ChainDefinition, StepDefinition

app = typer.Typer(
    no_args_is_help=True,
    help="Chain definitions (链条目录): list, show, check, export, upgrade, rollout.",
)

ChainType = Annotated[
    str, typer.Argument(metavar="CHAIN_TYPE", help="Such as land-to-construction (拿地即动工).")
]
Version = Annotated[
    str | None, typer.Option("--version", help="Version of the definition; else the newest.")
]


@app.command("list")
@prints
def list_definitions(screen: Screen) -> None:
    """List every version of every chain in the catalogue."""
    from groundwork.catalogue.loader import SHORT_HASH, available, content_hash, get
    from groundwork.console.words import said

    definitions = [get(entry.id, entry.version) for entry in available()]
    data: list[dict[str, Any]] = [
        {
            "id": one.id,
            "version": one.version,
            "name": said(one.name, screen.language),
            "steps": len(one.steps),
            "hash": content_hash(one),
        }
        for one in definitions
    ]
    columns = screen.say("链条,版本,名称,环节数,内容哈希", "Chain,Version,Name,Steps,Hash").split(
        ","
    )
    rows = [
        (one["id"], one["version"], one["name"], str(one["steps"]), one["hash"][:SHORT_HASH])
        for one in data
    ]
    screen.show(data, Grid(columns, rows, numeric=frozenset({3})))


@app.command("show")
@prints
def show_definition(screen: Screen, chain_type: ChainType, version: Version = None) -> None:
    """Show a chain's steps: department, limits (时限), modes (办理方式) and what each builds on."""
    from groundwork.catalogue.loader import content_hash, get
    from groundwork.console.words import said

    definition = get(chain_type, version)
    name = said(definition.name, screen.language)
    columns = screen.say(
        "环节,名称,牵头部门,标准承诺,极速承诺,前置环节,办理方式",
        "Step,Name,Department,Standard,Fast,After,Modes",
    ).split(",")
    screen.show(
        {"hash": content_hash(definition), "definition": definition.model_dump(mode="json")},
        f"{name} · {definition.id} {definition.version}",
        Grid(columns, [_row(definition, step, screen) for step in definition.steps]),
        *(
            screen.say(
                f"{route.name.zh}：{route.working_days} 个工作日（{' → '.join(route.steps)}）",
                f"{route.name.en}: {route.working_days} working days ({' → '.join(route.steps)})",
            )
            for route in definition.routes
        ),
    )


def _row(definition: "ChainDefinition", step: "StepDefinition", screen: Screen) -> tuple[str, ...]:
    from groundwork.console import words
    from groundwork.domain.definition import Variant

    def promised(variant: Variant) -> str:
        limit = step.promised.get(variant)
        return words.limit(limit, screen.language) if limit else "—"

    def before(variant: Variant) -> list[str]:
        return [edge.step for edge in step.after if variant in edge.variants]

    standard_only = set(before(Variant.STANDARD)) - set(before(Variant.FAST))
    mark = screen.say("仅标准", "standard only")
    after = [
        key + (screen.aside(mark) if key in standard_only else "")
        for key in before(Variant.STANDARD)
    ]
    return (
        step.id,
        words.said(step.name, screen.language),
        words.said(definition.department(step.lead).short, screen.language),
        promised(Variant.STANDARD),
        promised(Variant.FAST),
        " ".join(after) or "—",
        " ".join(words.word(words.MODES, mode, screen.language) for mode in step.modes),
    )


@app.command("check")
@prints
def check_files(
    screen: Screen,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Catalogue files, in YAML."),
    ],
) -> None:
    """Explain every mistake in a catalogue file, with its line. Any mistake: exit code 1."""
    from groundwork.catalogue.check import check_file

    mistakes = [mistake for file in files for mistake in check_file(file)]
    count = len(mistakes)
    verdict = screen.say(
        f"共 {count} 处错误。" if count else f"{len(files)} 个文件均无错误。",
        f"Mistakes: {count}." if count else f"No mistake in {len(files)} file(s).",
    )
    screen.show(
        {"ok": not mistakes, "mistakes": [_mistake_data(one, screen) for one in mistakes]},
        *(_mistake_line(one, screen) for one in mistakes),
        verdict,
    )
    if mistakes:
        raise typer.Exit(ExitCode.REFUSED)


def _mistake_data(mistake: "Mistake", screen: Screen) -> dict[str, Any]:
    return {
        "file": str(mistake.file),
        "line": mistake.line,
        "column": mistake.column,
        "field": mistake.path,
        "message": screen.say(mistake.message_zh, mistake.message_en),
        "remedy": screen.say(mistake.remedy_zh, mistake.remedy_en),
    }


def _mistake_line(mistake: "Mistake", screen: Screen) -> str:
    place = f"{mistake.file}:{mistake.line}:{mistake.column}"
    field = f" {mistake.path}" if mistake.path else ""
    return f"{place}{field}: {screen.say(mistake.message_zh, mistake.message_en)}"


@app.command("schema")
def print_schema(
    kind: Annotated[
        Literal["chain", "credit", "ladder"],
        typer.Argument(help="What the file holds."),
    ] = "chain",
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", file_okay=False, help="Write all schemas there."),
    ] = None,
) -> None:
    """Print the JSON Schema with which editors complete and check catalogue files."""
    from groundwork.catalogue.schema import chain_schema, credit_schema, export, ladder_schema

    screen = Screen()
    if to is None:
        schemas = {"chain": chain_schema, "credit": credit_schema, "ladder": ladder_schema}
        screen.json(schemas[kind]())
        return
    to.mkdir(parents=True, exist_ok=True)
    screen.tell(*(str(file) for file in export(to)))


@app.command("export")
@prints
def export_definition(
    screen: Screen,
    chain_type: ChainType,
    version: Version = None,
    to: Annotated[
        Path, typer.Option("--to", metavar="DIR", file_okay=False, help="Folder of a catalogue.")
    ] = Path("catalogue"),
) -> None:
    """Copy a chain with ladders (督办阶梯), credit files and schemas, to edit a new version from.

    With --json the whole definition is printed and nothing is written.
    """
    from groundwork.catalogue.check import BUILT_IN
    from groundwork.catalogue.loader import available, content_hash, get
    from groundwork.catalogue.schema import export

    definition = get(chain_type, version)
    if screen.as_json:
        screen.json(
            {"hash": content_hash(definition), "definition": definition.model_dump(mode="json")}
        )
        return
    entry = next(
        one for one in available() if (one.id, one.version) == (definition.id, definition.version)
    )
    used = (sorted((BUILT_IN / name).glob("*.yaml")) for name in ("ladders", "credit"))
    sources = [entry.path, *chain.from_iterable(used)]
    copies = {source: to / source.relative_to(BUILT_IN) for source in sources}
    for source, copy in copies.items():
        text = source.read_text(encoding="utf-8")
        if copy.exists() and copy.read_text(encoding="utf-8") != text:
            raise Misuse(
                f"{copy} 已存在且内容不同，请另选文件夹。 "
                f"{copy} exists with other content: choose another folder."
            )
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text, encoding="utf-8")
    (to / "schema").mkdir(exist_ok=True)
    screen.tell(*(str(file) for file in [*copies.values(), *export(to / "schema")]))
