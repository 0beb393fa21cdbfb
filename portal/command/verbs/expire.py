"""Remove stacks that have ended, with their data and files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import typer

from portal.base.errors import InputError, PortalError, SituationError
from portal.base.moment import moment_text
from portal.base.names import require_stack_name
from portal.command.context import Context
from portal.command.deployment_of import deployment_of
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb
from portal.deploy.deployment import Deployment
from portal.deploy.end_in_cluster import FoundStack, ending_stacks
from portal.deploy.expire import Expiry, end_in_file, expiry_of, remove, remove_found
from portal.deploy.options import UpOptions
from portal.kubernetes.kubeconfig_file import cluster_api
from portal.models.cluster import Cluster
from portal.plan import load_plan
from portal.stackfile.lifetime import end_of
from portal.stackfile.read import read_stack_file


class ExpiredAnswer(JsonAnswer):
    """One stack that has an end."""

    stack: str
    """The stack."""

    expires: str | None = None
    """When it ends: what its file or its namespace says, whichever is later. Absent if nobody can say."""

    ended: bool
    """Whether that is over."""

    removed: bool
    """Whether it was removed, with its data, its state and its file."""

    error: str | None = None
    """Why it could not be removed."""


class ExpireAnswer(JsonAnswer):
    """`portal expire --json`. The exit code is 1 if a stack could not be removed."""

    dry_run: bool
    """Whether nothing was to be removed."""

    stacks: tuple[ExpiredAnswer, ...]
    """The stacks that were named, or all that have an end."""


verb = Verb(answers=(ExpireAnswer,))


@verb.writer()
def expire(
    context: typer.Context,
    stack: Annotated[
        list[str] | None,
        typer.Option("--stack", "-s", help="Only this stack. Give it again for more. Default: all that have an end."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option("--like", metavar="OTHER", help="Also stacks in the cluster of OTHER whose files are elsewhere."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say which stacks have ended.")] = False,
    as_json: Json = False,
) -> None:
    """Remove the stacks that have ended: what they have in their clusters, their data, their state, and their files.

    `portal up --stack NAME --like OTHER --ttl 3d` makes a stack that ends. A stack without an end is never touched. If
    the namespace of a stack names a later end than its file, somebody has moved it, and the stack stays.

    With --like, the command also looks in OTHER's cluster for stacks that were made like OTHER, and that have no file
    in this checkout. So a schedule can remove what other machines have made. A stack on AWS needs its file: it has more
    than what is in a cluster.

    \b
    portal expire --dry-run
    portal expire --stack pr-123
    portal expire --like dev
    """
    run(context.obj, stack, like, dry_run=dry_run, as_json=as_json)


def run(
    context: Context,
    stacks: list[str] | None,
    like: str | None,
    *,
    dry_run: bool,
    as_json: bool,
    now: datetime | None = None,
) -> None:
    """Look at each stack, and remove it if it has ended. One that cannot be removed does not keep the others."""
    if stacks and like is not None:
        raise InputError(where="--like", key="", got="--stack as well", allowed="one of them", fix="leave one out")
    for name in stacks or ():
        # Before anything is removed.
        end_in_file(read_stack_file(context.checkout, require_stack_name(name)))
    at = now or datetime.now(UTC)
    if as_json:
        with context.json_only() as answer:
            answers = _answers(context, stacks, like, at, dry_run=dry_run)
            answer(shown(ExpireAnswer(dry_run=dry_run, stacks=answers)))
    else:
        answers = _answers(context, stacks, like, at, dry_run=dry_run)
        if not answers:
            context.out.print("No stack has an end.")
    if any(one.error is not None for one in answers):
        sys.exit(1)


def _answers(
    context: Context, stacks: list[str] | None, like: str | None, now: datetime, *, dry_run: bool
) -> tuple[ExpiredAnswer, ...]:
    entries = [*_here(context, stacks, now), *(_elsewhere(context, like, now) if like is not None else ())]
    return tuple(_ended(context, entry, dry_run=dry_run) for entry in entries)


@dataclass(frozen=True)
class _Entry:
    """A stack: how to find out when it ends, and how to remove it. Both may fail."""

    stack: str
    expiry: Callable[[], Expiry]
    remove: Callable[[], None]


def _here(context: Context, stacks: list[str] | None, now: datetime) -> Iterator[_Entry]:
    """The stacks of this checkout that have an end, or those of them that were named."""
    checkout = context.checkout
    for name in dict.fromkeys(stacks) if stacks else checkout.stack_names():
        if stacks or _has_end(context, name):

            def deployment(name: str = name) -> Deployment:
                return deployment_of(context, UpOptions(name), complete=False)

            yield _Entry(name, lambda make=deployment: expiry_of(make(), now), lambda make=deployment: remove(make()))


def _has_end(context: Context, name: str) -> bool:
    """A file that cannot be read has none: `portal check --all` says what is wrong with it."""
    try:
        file = read_stack_file(context.checkout, name)
    except InputError:
        return False
    return end_of(file) is not None


def _elsewhere(context: Context, like: str, now: datetime) -> Iterator[_Entry]:
    """The stacks in another one's cluster that were made like it, and have no file here."""
    cluster = _cluster_of(context, like)
    api = cluster_api(cluster, context.checkout)
    for found in ending_stacks(api, like):
        if context.checkout.stack_file(found.stack).exists():
            continue

        def expiry(found: FoundStack = found) -> Expiry:
            return Expiry(found.end, ended=found.end <= now)

        def gone(found: FoundStack = found) -> None:
            remove_found(context.checkout, cluster, found, now, context.progress)

        yield _Entry(found.stack, expiry, gone)


def _cluster_of(context: Context, like: str) -> Cluster:
    plan = load_plan(context.checkout, require_stack_name(like, "--like"), complete=False)
    cluster = plan.target.cluster(plan.settings)
    if not plan.target.team or cluster is None:
        raise SituationError(
            f"the stack {like} is a local one: what was made like it is known to the checkout that made it",
            "leave --like out, and run this in that checkout",
        )
    if plan.target.on_aws:
        raise SituationError(
            f"the stack {like} is on AWS: what was made like it has more than what is in its cluster",
            "leave --like out, and run this where the files of the stacks are",
        )
    return cluster


def _ended(context: Context, entry: _Entry, *, dry_run: bool) -> ExpiredAnswer:
    """Remove a stack if it has ended, and say what was done."""
    expiry: Expiry | None = None
    try:
        expiry = entry.expiry()
        remove_it = expiry.ended and not dry_run
        if remove_it:
            entry.remove()
    except (PortalError, OSError) as error:
        context.errors.print(f"{entry.stack}: {error}", markup=False)
        return ExpiredAnswer(
            stack=entry.stack,
            expires=moment_text(expiry.end) if expiry is not None else None,
            ended=expiry is not None and expiry.ended,
            removed=False,
            error=str(error),
        )
    end = moment_text(expiry.end)
    said = "was removed" if remove_it else "has ended, and would be removed" if expiry.ended else "stays"
    why = f"it ended at {end}" if expiry.ended else f"it ends at {end}"
    context.out.print(f"{entry.stack} {said}: {why}{', as its namespace says' if expiry.moved else ''}.")
    return ExpiredAnswer(stack=entry.stack, expires=end, ended=expiry.ended, removed=remove_it)
