"""Upgrade a checkout to another release of Backstage: in a worktree, step by step, up to one commit on a branch.

Deploys nothing, and asks no cluster. If a step fails there is no branch, and the checkout is as it was.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, SituationError, raise_first
from portal.base.files import write_whole
from portal.base.git_worktree import make_worktree, remove_worktree
from portal.base.progress import Phase, Progress
from portal.deploy.pull_request import push_and_propose, require_proposable
from portal.deploy.upgrade_branch import commit, make_branch, require_clean, require_no_branch
from portal.deploy.upgrade_steps import (
    Edited,
    Faults,
    Locked,
    move_record_versions,
    new_faults,
    read_faults,
    read_locked,
    read_template,
    run_portal,
    write_manifest,
    write_release,
)
from portal.image.installed_changelogs import changes_in
from portal.image.lock import FILES as LOCK_FILES
from portal.release.changed_keys import changed_keys
from portal.release.difference import migration_changes, migration_warnings, package_changes
from portal.release.locked import require_locked
from portal.release.manifest import SCOPE
from portal.release.release import read_portal
from portal.release.upgrade_notes import BUDGET, Upgrade, branch_of, notes
from portal.stackfile.app_config_keys import GoneKey, RenamedKey, gone_keys, rename_keys


@dataclass(frozen=True)
class Way:
    """How an upgrade is made.

    ``draft``: also if checks find something, which is then to be corrected on the branch. ``build``: also build the
    images, to see whether our own code fits. ``dry_run``: make no branch. ``pull_request``: push the branch, and open
    a pull request, in place of a local branch.
    """

    draft: bool = False
    build: bool = False
    dry_run: bool = False
    pull_request: bool = False


@dataclass(frozen=True)
class Made:
    """An upgrade that was made. ``notes`` is the file with all notes; there is no branch after a dry run."""

    upgrade: Upgrade
    notes: Path | None = None
    branch: str | None = None
    pull_request: str | None = None


def require_upgradable(checkout: Checkout, after: str, way: Way) -> None:
    """Refuse what would fail after minutes of work. InputError with what to do."""
    branch = branch_of(after)
    require_clean(checkout)
    if way.pull_request:
        require_proposable(checkout, branch)
    elif not way.dry_run:
        require_no_branch(checkout, branch)
    require_locked(read_portal(checkout)[2], checkout.app)


def upgrade_checkout(checkout: Checkout, before: str, after: str, way: Way, progress: Progress) -> Made:
    """Upgrade from one release to another. The caller has refused what :func:`require_upgradable` refuses.

    PortalError with the step that failed; InputError for what a person has to correct first.
    """
    folder = checkout.programs / "upgrade"
    log = checkout.logs / "upgrade.log"
    try:
        with _step(progress, after, "Copy the last commit"):
            there = Checkout(make_worktree(checkout.root, folder, "HEAD"))
        upgrade, files = _upgraded(there, before, after, way, progress, log)
        if way.dry_run:
            return Made(upgrade)
        with _step(progress, after, "Commit"):
            made = commit(there.root, files, _message(upgrade))
        file = checkout.upgrades / f"{after}.md"
        write_whole(file, notes(upgrade))
        if not way.pull_request:
            make_branch(checkout, upgrade.branch, made)
            return Made(upgrade, file, upgrade.branch)
        with _step(progress, after, "Open a pull request"):
            body = folder.with_suffix(".md")
            write_whole(body, notes(upgrade, BUDGET))
            draft = ["--draft"] if upgrade.findings else []
            return Made(
                upgrade, file, upgrade.branch, push_and_propose(there.root, upgrade.branch, upgrade.title, body, *draft)
            )
    finally:
        remove_worktree(checkout.root, folder)
        folder.with_suffix(".md").unlink(missing_ok=True)


def _upgraded(
    there: Checkout, before: str, after: str, way: Way, progress: Progress, log: Path
) -> tuple[Upgrade, list[Path]]:
    """Make all changes in a worktree. Returns what a person has to know, and the files that belong to it."""
    locked = read_locked(there)
    rules = changed_keys(before, after)
    with _step(progress, after, "Check all stacks as they are"):
        faults = read_faults(there)
    done: list[Edited] = []
    with _step(progress, after, f"Write the manifest of Backstage {after}"):
        done.append(write_manifest(there, after, progress))
    with _step(progress, after, "Change portal.yaml, records and renamed keys"):
        done += [write_release(there, after), move_record_versions(there, after)]
        renamed = rename_keys(there, rules)
        done.append(_of_renamed(there, renamed, after))
    with _step(progress, after, "Resolve the packages (`portal lock`)") as phase:
        run_portal(there, ["lock"], log, phase)
        done.append(Edited(edits=(f"`portal lock` wrote {', '.join(f'app/{name}' for name in LOCK_FILES)}",)))
    now = read_locked(there)
    gone = list(gone_keys(there, locked.keys - now.keys, now.keys, rules.removed))
    with _step(progress, after, "Check all stacks with the new release"):
        now_found = read_faults(there)
        found = _findings(gone, faults, now_found, after)
    if not way.draft:
        _raise(found, after)
    if way.build:
        with _step(progress, after, "Build the images (`portal build`)") as phase:
            run_portal(there, ["build"], log, phase)
    with _step(progress, after, "Read the changelogs"):
        template = read_template(before, after)
        packages = package_changes(locked.packages, now.packages)
        changes = changes_in(there.build / "workspace", packages)
    migrations = migration_changes(locked.migrations or {}, now.migrations or {})
    unknown = [text for one in done for name, text in one.doubts if name not in now.packages]
    upgrade = Upgrade(
        before,
        after,
        edits=tuple(text for one in done for text in one.edits),
        open_points=(
            *(text for one in done for text in one.open_points),
            *(text for one in done for name, text in one.doubts if name in now.packages),
            *_twice(now),
            *_known(faults),
            *migration_warnings(migrations),
            *(_later(one, after) for one in gone if one.pinned is not None),
            *_with_next_release(gone, faults, now_found, after),
            *template.open_points,
        ),
        findings=tuple(one.sentence for one in found),
        unused=tuple(unknown),
        packages=packages,
        changes=changes,
        gone_keys=tuple(sorted(locked.keys - now.keys)),
        new_keys=tuple(sorted(now.keys - locked.keys)),
        migrations=migrations,
        template=template.edits,
        built=way.build,
    )
    locks = [there.app / name for name in LOCK_FILES]
    return upgrade, [*(file for one in done for file in one.files), *locks]


@contextmanager
def _step(progress: Progress, after: str, title: str) -> Generator[Phase]:
    """One step. If something other than the input is wrong, the error names the step."""
    try:
        with progress.phase(title) as phase:
            yield phase
    except InputError:
        raise
    except (PortalError, OSError) as error:
        said = str(error)
        raise PortalError(
            f"the upgrade to Backstage {after} stopped, and nothing was changed. The step was: {title}. {said}"
        ) from error


def _of_renamed(there: Checkout, renamed: Sequence[RenamedKey], after: str) -> Edited:
    files = [there.portal_file, *(there.stack_file(stack) for stack in there.stack_names())]
    return Edited(
        # Git commits of these what has changed.
        tuple(files) if any(one.pinned is None for one in renamed) else (),
        tuple(f"{one.where}: appConfig.{one.old} is now appConfig.{one.new}" for one in renamed if one.pinned is None),
        tuple(
            f"{one.where}: when {one.pinned} takes over a release with Backstage {after}, rename appConfig.{one.old} to"
            f" appConfig.{one.new}"
            for one in renamed
            if one.pinned is not None
        ),
    )


def _findings(gone: Sequence[GoneKey], before: Faults, now: Faults, after: str) -> list[InputError]:
    """What has to be corrected: keys that are gone, and what the checks find besides these."""
    errors: list[InputError] = [one.error(after) for one in gone if one.pinned is None]
    places = tuple(f"{one.where}: " for one in errors)
    errors += [
        SituationError(f"with Backstage {after}, {', '.join(stacks)} would be refused", fault)
        for fault, stacks in new_faults(before.now, now.now).items()
        if not fault.startswith(places)
    ]
    return errors


def _raise(found: Sequence[InputError], after: str) -> None:
    """Raise what was found, with the way out: some mistakes can only be corrected with the new release."""
    if found:
        way_out = SituationError(
            f"there is no branch, because {len(found)} of the findings have to be corrected first"
            if len(found) > 1
            else "there is no branch, because this has to be corrected first",
            f"correct and commit it, and run `portal upgrade {after}` again; or make the branch with"
            f" `portal upgrade {after} --draft`, and correct it there",
        )
        raise_first([*found, way_out])


def _known(before: Faults) -> Iterator[str]:
    refused = [stack for stack, found in sorted(before.now.items()) if found]
    if refused:
        yield f"{', '.join(refused)} would be refused without the upgrade as well: `portal check --all` says why"


def _twice(now: Locked) -> Iterator[str]:
    for name, versions in now.packages.items():
        if name.startswith(SCOPE) and len(versions) > 1:
            yield f"{name} is in the image in several versions: {', '.join(versions)}"


def _with_next_release(gone: Sequence[GoneKey], before: Faults, now: Faults, after: str) -> Iterator[str]:
    """What is in the way of stacks that point to an earlier release, once they take over one of this checkout."""
    places = tuple(f"{one.where}: " for one in gone)
    for fault, stacks in new_faults(before.next, now.next).items():
        if not fault.startswith(places):
            yield f"before {', '.join(stacks)} can take over a release with Backstage {after}: {fault}"


def _later(one: GoneKey, after: str) -> str:
    advice = f": {one.advice}" if one.advice else ""
    taken_over = f"when {one.pinned} takes over a release with Backstage {after}"
    return f"{one.where}: {taken_over}, appConfig.{one.key} is gone{advice}"


def _message(upgrade: Upgrade) -> str:
    lines = [upgrade.title, "", *(f"- {text}" for text in upgrade.edits)]
    if upgrade.open_points:
        lines += ["", "To look at:", "", *(f"- {text}" for text in upgrade.open_points)]
    return "\n".join(lines) + "\n"
