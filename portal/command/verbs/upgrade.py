"""Upgrade Backstage to another release, as a branch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portal.base.errors import SituationError
from portal.base.files import write_whole
from portal.command.context import Context
from portal.command.json_answers import JsonAnswer, shown
from portal.command.options import Json
from portal.command.verb import Verb
from portal.deploy.upgrade import Made, Way, require_upgradable, upgrade_checkout
from portal.deploy.upgrade_versions import newest_release, require_later, require_release
from portal.release.release import read_portal
from portal.release.release_versions import parsed
from portal.release.upgrade_notes import BUDGET, notes


class MigrationAnswer(JsonAnswer):
    """A database migration that the new release adds, or that it no longer has."""

    package: str
    """The npm package."""

    name: str
    """The migration's file."""

    added: bool
    """Whether the new release adds it."""

    additive: bool | None = None
    """Whether older code still works after it; absent if nobody reviewed it."""


class UpgradeAnswer(JsonAnswer):
    """`portal upgrade --json`."""

    before: str
    """The release of Backstage in `portal.yaml`."""

    after: str
    """The release that the branch has. The same as `before` if there is no newer one."""

    branch: str | None = None
    """The branch; absent if none was made."""

    pull_request: str | None = None
    """The address of the pull request that `--pr` opened."""

    notes_file: str | None = None
    """The file with all notes."""

    notes: str = ""
    """All notes, as Markdown."""

    edits: tuple[str, ...] = ()
    """What was changed, as sentences."""

    open_points: tuple[str, ...] = ()
    """What a person has to look at, as sentences."""

    findings: tuple[str, ...] = ()
    """What has to be corrected before a merge. Empty without `--draft`."""

    breaking: int = 0
    """The number of changes that break something, by the changelogs."""

    gone_keys: tuple[str, ...] = ()
    """Keys of app-config that no package declares any more."""

    new_keys: tuple[str, ...] = ()
    """Keys of app-config that are new."""

    migrations: tuple[MigrationAnswer, ...] = ()
    """The database migrations that differ."""


verb = Verb(answers=(UpgradeAnswer,))


@verb.writer()
def upgrade(
    context: typer.Context,
    version: Annotated[
        str | None,
        typer.Argument(metavar="[VERSION]", help="A release of Backstage. Default: the newest stable one."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the notes, and make no branch. Takes as long.")
    ] = False,
    build: Annotated[
        bool, typer.Option("--build", help="Build the images too, to see whether the portal's own code still fits.")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Make the branch even if checks find something. Correct it there.")
    ] = False,
    pull_request: Annotated[
        bool, typer.Option("--pr", help="Push the branch, and open a pull request with `gh`.")
    ] = False,
    body: Annotated[
        Path | None,
        typer.Option("--body", metavar="FILE", help="Write the notes here too, short enough for a pull request."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Upgrade the portal to another release of Backstage: one commit on the branch `upgrade-VERSION`.

    The commit has the release's manifest, the release in portal.yaml, plugins' versions that fit it, keys of app-config
    that were renamed, and the lock. The checks of all stacks have to accept it. The notes say what to know before you
    merge: breaking changes from the packages' changelogs, keys that are gone and new, database migrations, and packages
    that do not fit.

    It works in a copy of the last commit, so your checkout stays as it is. If a step fails, there is no branch.

    \b
    portal upgrade --dry-run
    portal upgrade
    portal upgrade 1.56.0 --build
    portal upgrade 1.56.0 --pr
    """
    way = Way(draft=draft, build=build, dry_run=dry_run, pull_request=pull_request)
    _run(context.obj, version, way, body, as_json=as_json)


def _run(context: Context, version: str | None, way: Way, body: Path | None, *, as_json: bool) -> None:
    checkout = context.checkout
    wanted = require_release(version) if version is not None else None
    before = read_portal(checkout)[0].backstage
    after = wanted or newest_release(context.progress)
    if wanted is None and parsed(after) <= parsed(before):
        if as_json:
            context.out.document(shown(UpgradeAnswer(before=before, after=before)))
        else:
            context.out.print(f"portal.yaml has Backstage {before}, and npm has no newer stable release.")
        return
    require_later(before, after)
    require_upgradable(checkout, after, way)
    _require_folder_of(body)
    made = upgrade_checkout(checkout, before, after, way, context.progress)
    if body is not None:
        write_whole(body, notes(made.upgrade, BUDGET))
    if as_json:
        context.out.document(shown(_answer(context, made)))
    elif way.dry_run:
        context.out.document(notes(made.upgrade), end="")
    else:
        _print(context, made)


def _require_folder_of(body: Path | None) -> None:
    """Found out before minutes of work."""
    if body is not None and not body.absolute().parent.is_dir():
        raise SituationError(f"there is no folder {body.parent}", "make it, or name another file", where="--body")


def _print(context: Context, made: Made) -> None:
    upgrade = made.upgrade
    for sentence in upgrade.findings:
        context.changed(f"! {sentence}")
    for sentence in upgrade.open_points:
        context.changed(f"~ {sentence}")
    counted = [
        f"{upgrade.breaking} breaking changes",
        f"{len(upgrade.migrations)} database migrations",
        f"{len(upgrade.gone_keys)} keys gone and {len(upgrade.new_keys)} new",
    ]
    context.out.print(f"Backstage {upgrade.before} to {upgrade.after}: {', '.join(counted)}.")
    if made.notes is not None:
        context.out.print(f"Read {context.checkout.relative(made.notes)}.")
    if made.pull_request is not None:
        context.out.print(f"Opened {made.pull_request}.")
        return
    context.out.print(f"The branch {made.branch} has it. Your checkout is as it was. To try it:")
    context.out.print(f"  git switch {made.branch} && portal up")


def _answer(context: Context, made: Made) -> UpgradeAnswer:
    upgrade = made.upgrade
    return UpgradeAnswer(
        before=upgrade.before,
        after=upgrade.after,
        branch=made.branch,
        pull_request=made.pull_request,
        notes_file=context.checkout.relative(made.notes) if made.notes is not None else None,
        notes=notes(upgrade),
        edits=upgrade.edits,
        open_points=upgrade.open_points,
        findings=upgrade.findings,
        breaking=upgrade.breaking,
        gone_keys=upgrade.gone_keys,
        new_keys=upgrade.new_keys,
        migrations=tuple(
            MigrationAnswer(package=one.package, name=one.name, added=one.added, additive=one.additive)
            for one in upgrade.migrations
        ),
    )
