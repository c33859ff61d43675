"""Commands on live chains: launch one, act on it."""

from typing import Annotated, Any

import typer

from groundwork.console import launching
from groundwork.console.desk import Desk, Json, ProblemFault, new_key, signed_in
from groundwork.console.faults import Misuse

Key = Annotated[
    str | None,
    typer.Option("--key", help="Idempotency key of an earlier attempt, to try exactly that again."),
]
ChainRef = Annotated[
    str,
    typer.Argument(
        metavar="CHAIN",
        help="Id of a chain, or a project code (项目代码) if the project has one chain.",
    ),
]


def chain_id(desk: Desk, reference: str) -> str:
    """The id of a chain that is given by its id or by its project's code."""
    if "." in reference:
        return reference
    chains = desk.get(f"/projects/{reference}")["chains"]
    if len(chains) == 1:
        return str(chains[0]["id"])
    known = ", ".join(chain["id"] for chain in chains) or "—"
    raise Misuse(
        f"项目 {reference} 的链条：{known}，请指明一个。 "
        f"Project {reference} has these chains: {known}. Name one."
    )


@signed_in
def launch(
    desk: Desk,
    chain_type: Annotated[
        str, typer.Argument(metavar="CHAIN_TYPE", help="Such as land-to-construction (拿地即动工).")
    ],
    *,
    project: Annotated[
        str | None,
        typer.Option("--project", metavar="CODE", help="The project's national code (项目代码)."),
    ] = None,
    after: Annotated[
        str | None,
        typer.Option(
            metavar="CHAIN",
            help="Completed chain that this one follows (承接); then no --project.",
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of a new project (项目名称).")] = None,
    enterprise: Annotated[str | None, typer.Option(help="Enterprise behind it (企业名称).")] = None,
    uscc: Annotated[
        str | None, typer.Option(help="Its unified social credit code (统一社会信用代码).")
    ] = None,
    district: Annotated[
        str | None, typer.Option(help="Division code (区划代码); else that in the project code.")
    ] = None,
    housekeeper: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Housekeeper (项目管家); else whoever launches."),
    ] = None,
    variant: launching.VariantChoice = "standard",
    modes: launching.ModeChoices,
    phases: launching.PhaseChoices,
    units: launching.UnitChoices,
    version: launching.DefinitionVersion = None,
    key: Key = None,
) -> None:
    """Launch a chain for a project (启动链条).

    A project that is not there yet is created: give its --name, --enterprise and --uscc. Documents
    of a completed chain that this one follows are carried over.
    """
    if after is not None:
        after = chain_id(desk, after)
        project = project or desk.get(f"/chains/{after}")["project_code"]
    if project is None:
        raise Misuse("请给出 --project 或 --after。 Give --project, or --after.")
    new = {"name": name, "enterprise": enterprise, "uscc": uscc}
    rest = {"district": district, "housekeeper": housekeeper}
    _ensure_project(desk, project, new, rest)
    body: dict[str, Any] = {
        "chain": chain_type,
        "project": project,
        "variant": variant,
        "modes": launching.modes(modes),
        "phases": launching.phases(phases),
        "units": [one.model_dump() for one in launching.units(units)],
    }
    given = {"version": version, "after": after}
    body |= {field: value for field, value in given.items() if value is not None}
    receipt = desk.write("POST", "/chains", body, key)
    _tell_launch(desk, receipt["chain"])


def _ensure_project(
    desk: Desk, code: str, new: dict[str, str | None], rest: dict[str, str | None]
) -> None:
    """Create the project if its particulars are given and it is not there."""
    if not any((new | rest).values()):
        return
    missing = [f"--{name}" for name, value in new.items() if value is None]
    if missing:
        options = " ".join(missing)
        raise Misuse(f"新建项目还须填写 {options}。 A new project also needs {options}.")
    try:
        desk.get(f"/projects/{code}")
    except ProblemFault as fault:
        if fault.problem.get("code") != "project_not_found":
            raise
        given = {field: value for field, value in (new | rest).items() if value is not None}
        desk.write("POST", "/projects", {"code": code} | given)
        desk.screen.note(f"已建立项目 {code}。", f"Created project {code}.")
    else:
        desk.screen.note(
            f"项目 {code} 已存在，沿用原有信息。",
            f"Project {code} exists; its data stay as they are.",
        )


def _tell_launch(desk: Desk, chain: str) -> None:
    from datetime import date

    from groundwork.console import words

    screen = desk.screen
    forecast = desk.get(f"/chains/{chain}/forecast")
    links = {"api": f"{desk.url}/api/v1/chains/{chain}", "temporal_ui": temporal_link(desk, chain)}
    finish = words.day(date.fromisoformat(forecast["finish"]), screen.language)
    provisional = screen.say("（暂定）", " (provisional)") if forecast["provisional"] else ""
    screen.show(
        {"chain": chain, "forecast": forecast, "links": links},
        screen.say(f"已启动：{chain}", f"Launched: {chain}"),
        screen.say(
            f"预计办结：{finish}{provisional}，共 {forecast['working_days']} 个工作日",
            f"Forecast: done on {finish}{provisional}, {forecast['working_days']} working days",
        ),
        screen.say(f"接口：{links['api']}", f"API: {links['api']}"),
        *([f"Temporal UI: {links['temporal_ui']}"] if links["temporal_ui"] else []),
    )


def temporal_link(desk: Desk, chain: str) -> str | None:
    """Where an operator sees the chain in the Temporal UI."""
    if desk.temporal_ui is None:
        return None
    return f"{desk.temporal_ui.rstrip('/')}/namespaces/{desk.namespace}/workflows/{chain}"


@signed_in
def act(
    desk: Desk,
    chain: ChainRef,
    verb: Annotated[
        str,
        typer.Argument(
            metavar="VERB",
            help="What to do: receive (接件), accept (受理), decide (办结), stop_clock (停表), … "
            "docs/cli.md lists them all.",
        ),
    ],
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="STEP",
            help="Step (环节) such as L17, or the id of a deficiency, commitment, escalation "
            "or unit.",
        ),
    ] = None,
    *,
    materials: Annotated[
        str | None, typer.Option(metavar="A,B", help="Materials handed in (材料).")
    ] = None,
    all_materials: Annotated[
        bool, typer.Option("--all-materials", help="Hand in everything that the step asks for.")
    ] = False,
    reason: Annotated[str | None, typer.Option(help="Reason, or ground of an exemption.")] = None,
    result: Annotated[
        str | None, typer.Option(help="pass, pass_with_tolerance (容缺通过) or fail.")
    ] = None,
    opinion: Annotated[str | None, typer.Option(help="Opinion on a decision (办理意见).")] = None,
    document: Annotated[str | None, typer.Option(help="Number of the document (文号).")] = None,
    mode: Annotated[str | None, typer.Option(help="Mode to choose (办理方式).")] = None,
    items: Annotated[
        list[str],
        typer.Option(
            "--item",
            help="What must be corrected (补正事项). Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    obligations: Annotated[
        list[str],
        typer.Option(
            "--obligation",
            help="What is promised (承诺内容). Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    fields: Annotated[
        list[str],
        typer.Option(
            "--field",
            metavar="NAME=VALUE",
            help="Any other field of the command. Repeatable.",
            default_factory=list,
            show_default=False,
        ),
    ],
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Only tell what it would do (预览)."),
    ] = False,
    on_behalf_of: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="PERSON",
            help="Whom you act for, as their substitute or by delegation (代何人办理).",
        ),
    ] = None,
    key: Key = None,
) -> None:
    """Do something on a chain (办理): receive, accept, decide and every other command.

    A field of a command without an option of its own is given with --field.

    For example: groundwork act CHAIN decide L01 --result pass --as park-committee.officer
    """
    from groundwork.console.acting import command_body, kind_of, verb_of

    kind = kind_of(verb)
    target = chain_id(desk, chain)
    options = {
        "materials": materials.split(",") if materials else None,
        "reason": reason,
        "result": result,
        "opinion": opinion,
        "document": document,
        "mode": mode,
        "items": items or None,
        "obligations": obligations or None,
    }
    find_all = (lambda step: _materials(desk, target, step)) if all_materials else None
    body = command_body(kind, subject, options, fields, find_all)
    if preview:
        from groundwork.console.unit_views import preview_blocks

        data = desk.ask(f"/chains/{target}/previews/{verb_of(kind)}", body)
        desk.screen.show(data, *preview_blocks(data, desk.screen))
        return
    path = f"/chains/{target}/commands/{verb_of(kind)}"
    receipt = desk.write("POST", path, body, key or new_key(), on_behalf_of=on_behalf_of)
    _tell_act(desk, receipt, body)


def _subject_now(desk: Desk, chain: str, body: Json) -> list[str]:
    """How a unit with its gates or a promise stands now; nothing for what is neither."""
    from groundwork.console import words
    from groundwork.console.unit_views import gate_line

    subject = next(
        (body[name] for name in ("unit", "commitment", "deficiency") if name in body), ""
    )
    if not subject:
        return []
    data = desk.get(f"/chains/{chain}")
    units = [
        f"{one['name']} · {gate_line(one, desk.screen)}" for one in _named(data["units"], subject)
    ]
    promises = [
        f"{one['step_name']} · "
        + words.word(words.PROMISE_STATES, one["state"], desk.screen.language)
        for one in _named(data["commitments"] + data["deficiencies"], subject)
    ]
    return [f"{subject} {one}" for one in units + promises]


def _named(rows: list[Json], key: str) -> list[Json]:
    return [one for one in rows if one["id"] == key]


def _materials(desk: Desk, chain: str, step: str) -> list[str]:
    row = _step(desk, chain, step)
    return [material["id"] for material in row["materials"]]


def _step(desk: Desk, chain: str, key: str) -> Json:
    steps: list[Json] = desk.get(f"/chains/{chain}")["steps"]
    found = next((step for step in steps if step["key"] == key), None)
    if found is None:
        known = ", ".join(step["key"] for step in steps)
        raise Misuse(
            f"链条没有环节 {key}；有：{known}。 The chain has no step {key}; it has: {known}."
        )
    return found


def _tell_act(desk: Desk, receipt: Json, body: Json) -> None:
    from groundwork.console import words

    screen = desk.screen
    done = screen.say(f"已执行，事件 {receipt['seq']}", f"Done, event {receipt['seq']}")
    if screen.as_json or "step" not in body:
        about = [] if screen.as_json else _subject_now(desk, receipt["chain"], body)
        screen.show(receipt, " · ".join([done, *about]))
        return
    row = _step(desk, receipt["chain"], body["step"])
    state = words.word(words.STATES, row["state"], screen.language)
    light = words.light(row["light"], screen.language).text
    screen.tell(f"{done} · {row['key']} {row['name']} · {state} · {light}")
