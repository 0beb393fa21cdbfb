"""Upgrade a checkout to another release of Backstage: in a worktree, step by step, up to one commit on a branch.

Deploys nothing, and asks no cluster. If a step fails there is no branch, and the checkout is as it was.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError
from portal.base.files import write_whole
from portal.base.git_worktree import make_worktree, remove_worktree
from portal.base.progress import Phase, Progress
from portal.deploy.pull_request import push_and_propose, require_proposable
from portal.deploy.upgrade_branch import (
    commit,
    commit_line,
    make_branch,
    require_author,
    require_clean,
    require_no_branch,
)
from portal.deploy.upgrade_findings import (
    findings_of,
    later,
    of_renamed,
    raise_with_way_out,
    refused_before,
    twice,
    with_next_release,
)
from portal.deploy.upgrade_steps import (
    Edited,
    move_record_versions,
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
from portal.release.locked import composition_id, require_locked
from portal.release.migrations import read_migrations
from portal.release.release import read_portal
from portal.release.upgrade_notes import BUDGET, Upgrade, branch_of, notes
from portal.stackfile.app_config_keys import gone_keys, rename_keys


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
    if not way.dry_run:
        require_author(checkout)
    if way.pull_request:
        require_proposable(checkout, branch)
    elif not way.dry_run:
        require_no_branch(checkout, branch)
    composition = read_portal(checkout)[2]
    require_locked(composition, checkout.app)
    read_migrations(checkout.app, composition_id(composition))


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
        done.append(of_renamed(there, renamed, after))
    with _step(progress, after, "Resolve the packages (`portal lock`)") as phase:
        run_portal(there, ["lock"], log, phase)
        done.append(Edited(edits=(f"`portal lock` wrote {', '.join(f'app/{name}' for name in LOCK_FILES)}",)))
    now = read_locked(there)
    gone = list(gone_keys(there, locked.keys - now.keys, now.keys, rules.removed))
    with _step(progress, after, "Check all stacks with the new release"):
        now_found = read_faults(there)
        found = findings_of(gone, faults, now_found, after)
    if not way.draft:
        raise_with_way_out(found, after)
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
            *twice(now.packages),
            *refused_before(faults),
            *migration_warnings(migrations),
            *later(gone, after),
            *with_next_release(gone, faults, now_found, after),
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


def _message(upgrade: Upgrade) -> str:
    lines = [upgrade.title, "", *(f"- {commit_line(text)}" for text in upgrade.edits)]
    if upgrade.open_points:
        lines += ["", "To look at:", "", *(f"- {commit_line(text)}" for text in upgrade.open_points)]
    return "\n".join(lines) + "\n"
