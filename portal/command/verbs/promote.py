"""Let a stack take over what another stack runs."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

import typer

from portal.base.errors import InputError
from portal.base.files import write_whole
from portal.base.yaml_document import Value
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json, require_line
from portal.command.verb import Verb
from portal.deploy.promotion import Candidate, Gate, candidate, gates
from portal.deploy.pull_request import open_pull_request
from portal.stackfile.edit import REMOVED, edited
from portal.stackfile.read import read_stack_file


class GateAnswer(JsonAnswer):
    """One condition of a promotion."""

    name: str
    """The condition."""

    passed: bool
    """Whether it holds."""

    reason: str
    """Why it holds, or why it does not."""


class PromoteAnswer(JsonAnswer):
    """`portal promote --json`. The exit code is 1 if a condition does not hold; the stack's file is then unchanged."""

    source: str
    """The stack that runs the release."""

    target: str
    """The stack that takes it over."""

    release: str
    """The release."""

    program: str | None = None
    """The commit of the code that deploys it; absent if that is the code of the checkout."""

    promoted: bool
    """Whether the file of `target` points to the release and the program now."""

    changed: bool
    """Whether the file was changed: it may have pointed to them before."""

    pull_request: str | None = None
    """The address of the pull request that `--pr` opened."""

    gates: tuple[GateAnswer, ...]
    """All conditions."""


verb = Verb(answers=(PromoteAnswer,))


@verb.writer()
def promote(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="The stack that runs the release.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="The stack that takes it over.")],
    hotfix: Annotated[
        str | None,
        typer.Option("--hotfix", metavar="REASON", help="Do not wait for the soak time. The reason is recorded."),
    ] = None,
    pull_request: Annotated[
        bool, typer.Option("--pr", help="Open a pull request with `gh`, and leave the checkout as it is.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say whether the conditions hold.")] = False,
    as_json: Json = False,
) -> None:
    """Let a stack take over the release and the program of another one, if all conditions hold.

    The conditions are: the deployment of FROM was verified with this release and program; the soak time and the order
    that TO asks for; TO has not rolled the release back; the release works with all database migrations that TO has;
    TO's settings, secrets and app-config fit it, also for the code of the program. What was verified is read from the
    cluster of FROM.

    The command changes `portal:release` and `portal:program` in the file of TO, and deploys nothing. Commit the file.

    \b
    portal promote staging prod --dry-run
    portal promote staging prod
    portal promote staging prod --pr
    """
    _require_sense(source, target, hotfix)
    _run(context.obj, source, target, hotfix, way=_Way(dry_run=dry_run, pull_request=pull_request), as_json=as_json)


@dataclass(frozen=True)
class _Way:
    """What is done once all conditions hold."""

    dry_run: bool
    pull_request: bool


def _require_sense(source: str, target: str, hotfix: str | None) -> None:
    if hotfix is not None:
        require_line("--hotfix", hotfix)
    if source == target:
        raise InputError(
            where="portal promote",
            key="",
            got=f"{source} twice",
            allowed="two stacks",
            fix="write the stack that runs the release first, and then the one that takes it over",
        )


def _run(context: Context, source: str, target: str, hotfix: str | None, *, way: _Way, as_json: bool) -> None:
    found = candidate(context.checkout, source, target, hotfix=hotfix is not None)
    conditions = gates(found)
    passed = all(gate.passed for gate in conditions)
    file = context.checkout.stack_file(target)
    text = _moved(context, found, hotfix) if passed else None
    changes = text is not None and text != file.read_text("utf-8")
    address: str | None = None
    if text is not None and changes and not way.dry_run:
        if way.pull_request:
            title = f"Promote {source} to {target}"
            address = open_pull_request(
                context.checkout, file, text, found.pointer.release, title, _as_markdown(conditions)
            )
        else:
            write_whole(file, text)
    done = _Outcome(passed and not way.dry_run and not address, changes and not way.dry_run and not address, address)
    if as_json:
        context.out.document(shown(_answer(found, conditions, done)))
    else:
        _print(context, found, conditions, done, dry_run=way.dry_run)
    if not passed:
        sys.exit(1)


@dataclass(frozen=True)
class _Outcome:
    """Whether the file of the target points to the release now, whether that changed it, and the pull request."""

    promoted: bool
    changed: bool
    pull_request: str | None


def _as_markdown(conditions: list[Gate]) -> str:
    lines = "\n".join(map(str, conditions))
    return f"```\n{lines}\n```\n"


def _moved(context: Context, found: Candidate, hotfix: str | None) -> str:
    """The file of the target, with the pointer."""
    file = read_stack_file(context.checkout, found.target)
    record: dict[str, Value] = {"release": found.pointer.release, "reason": str(hotfix)}
    changes = found.pointer.changes(file)
    changes[file.path_of("portal:hotfix")] = record if hotfix is not None else REMOVED
    return edited(file.path, changes)


def _print(context: Context, found: Candidate, conditions: list[Gate], done: _Outcome, *, dry_run: bool) -> None:
    for gate in conditions:
        context.changed(str(gate))
    source, target, name = found.source.stack, found.target, found.pointer
    if not all(gate.passed for gate in conditions):
        context.out.print(f"{target} stays as it is: {source} has nothing that {target} may take over.")
    elif dry_run:
        context.out.print(f"{target} may take over {name} from {source}.")
    elif done.pull_request is not None:
        context.out.print(f"Opened {done.pull_request}. Merging it lets {target} point to {name}.")
    elif done.changed:
        context.out.print(f"stacks/Pulumi.{target}.yaml points to {name} now. Commit it, and then deploy:")
        context.out.print(f"  portal up --stack {target}")
    else:
        context.out.print(f"stacks/Pulumi.{target}.yaml points to {name} already.")


def _answer(found: Candidate, conditions: list[Gate], done: _Outcome) -> PromoteAnswer:
    return PromoteAnswer(
        source=found.source.stack,
        target=found.target,
        release=found.pointer.release,
        program=found.pointer.program,
        promoted=done.promoted,
        changed=done.changed,
        pull_request=done.pull_request,
        gates=tuple(GateAnswer(name=one.name, passed=one.passed, reason=one.reason) for one in conditions),
    )
