"""What each workflow commands, read from its source: the shape that running chains replay against.

`python -m tests.workflows.fingerprints --accept` writes the baseline anew. It refuses when commands
changed and no new `workflow.patched` id guards the change; `--unreleased` says that no chain runs
on the changed code anywhere.
"""

import ast
import json
import sys
from pathlib import Path
from typing import TypedDict

import groundwork.workflows as room

BASELINE = Path(__file__).with_name("fingerprints.json")
SOURCES = Path(str(room.__path__[0]))
COMMANDS = frozenset(
    {
        "continue_as_new",
        "execute_activity",
        "execute_child_workflow",
        "execute_local_activity",
        "sleep",
        "start_activity",
        "start_child_workflow",
        "start_local_activity",
        "upsert_memo",
        "upsert_search_attributes",
        "wait_condition",
    }
)
"""Calls of the workflow module that write into a history or decide what is written next."""

UNSEEN = frozenset({"summary", "initial_versioning_behavior"})
"""Arguments of commands that may change at any time."""


class Fingerprint(TypedDict):
    """The commands of one module in source order, and the ids of the patches in it."""

    commands: list[str]
    patches: list[str]


def fingerprints(sources: Path = SOURCES) -> dict[str, Fingerprint]:
    """The fingerprint of every module of the room that commands anything."""
    found = {path.name: _of(ast.parse(path.read_text("utf-8"))) for path in sources.glob("*.py")}
    return {name: one for name, one in sorted(found.items()) if one["commands"]}


def _of(tree: ast.Module) -> Fingerprint:
    commands: list[str] = []
    patches: list[str] = []
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if not isinstance(node, ast.Call) or not _of_workflow(node):
                continue
            name = ast.unparse(node.func).removeprefix("workflow.")
            if name in COMMANDS:
                commands.append(f"{function.name}: {_without_texts(node)}")
            elif name in {"patched", "deprecate_patch"}:
                patches.append(ast.unparse(node.args[0]))
    return {"commands": commands, "patches": sorted(patches)}


def _of_workflow(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "workflow"


def _without_texts(node: ast.Call) -> str:
    """The call without what no replay looks at: a summary, or the version of the next run."""
    kept = [keyword for keyword in node.keywords if keyword.arg not in UNSEEN]
    return ast.unparse(ast.Call(func=node.func, args=node.args, keywords=kept))


def complaint(now: dict[str, Fingerprint], baseline: dict[str, Fingerprint]) -> str | None:
    """What is wrong with a change of commands, or None when nothing is."""
    for module in sorted(now.keys() | baseline.keys()):
        new, old = now.get(module), baseline.get(module)
        if new == old:
            continue
        added = set(new["patches"] if new else []) - set(old["patches"] if old else [])
        guard = f"guarded by {', '.join(sorted(added))}" if added else "not guarded by a patch"
        return (
            f"{module}: the commands of running chains changed, {guard}. Put the new way behind "
            f"workflow.patched('name'), keep the old way for chains that run, see the replay tests "
            f"pass, then run: python -m tests.workflows.fingerprints --accept"
        )
    return None


def unguarded(now: dict[str, Fingerprint], baseline: dict[str, Fingerprint]) -> list[str]:
    """Modules whose commands changed without a new patch id."""
    return [
        module
        for module, old in baseline.items()
        if (new := now.get(module)) is None
        or (new["commands"] != old["commands"] and set(new["patches"]) <= set(old["patches"]))
    ]


def main(arguments: list[str]) -> int:
    """Accept the present fingerprints as the baseline, if that is safe."""
    now = fingerprints()
    known = json.loads(BASELINE.read_text("utf-8")) if BASELINE.exists() else {}
    bare = [] if "--unreleased" in arguments else unguarded(now, known)
    if bare:
        sys.stderr.write(f"{complaint(now, known)}\n")
        return 1
    if "--accept" in arguments:
        BASELINE.write_text(json.dumps(now, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
