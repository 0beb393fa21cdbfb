"""The steps of an upgrade of Backstage in a worktree: what each edits, and what a person has to know about it.

Records and rules may be part of the upgrade. So whatever reads the result (``portal lock``, the checks, a build) is run
by the worktree's own code, in a process of its own.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.names import is_stack_name
from portal.base.other_code import output_of_code, words_of_code
from portal.base.process import run
from portal.base.progress import Phase, Progress
from portal.base.yaml_document import read_document, value_at
from portal.graph.preview.snapshot import Snapshot
from portal.image.create_app import CreateApp, template_difference
from portal.image.make_manifest import make_manifest
from portal.image.npm_registry import all_published
from portal.release.config_schemas import read_config_schemas
from portal.release.difference import declared_keys
from portal.release.locked_packages import locked_packages
from portal.release.manifest import manifest_for
from portal.release.migrations import PackageMigrations, recorded_migrations
from portal.release.record_versions import PinnedPackage, PinnedVersion, pinned_packages, pinned_version
from portal.release.release import read_portal
from portal.stackfile.exact_edit import with_scalar

_MEND = "run `portal lock`, which writes it again"


@dataclass(frozen=True)
class Edited:
    """What a step did: the files that it changed, and sentences about that, for a person to know or to look at.

    ``doubts`` are those that concern one package.
    """

    files: tuple[Path, ...] = ()
    edits: tuple[str, ...] = ()
    open_points: tuple[str, ...] = ()
    doubts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Locked:
    """What ``portal lock`` recorded: packages, keys of app-config, and migrations (None: it did not record them)."""

    packages: Mapping[str, tuple[str, ...]]
    keys: frozenset[str]
    migrations: Mapping[str, PackageMigrations] | None


def read_locked(checkout: Checkout) -> Locked:
    """What the files in ``app/`` say. InputError for a damaged one."""
    schemas = read_config_schemas(checkout.app / "config-schema.json", "app/config-schema.json", _MEND)
    return Locked(
        locked_packages((checkout.app / "yarn.lock").read_text("utf-8")),
        declared_keys(schemas),
        recorded_migrations(checkout.app, schemas.composition),
    )


def write_manifest(checkout: Checkout, release: str, progress: Progress) -> Edited:
    """The manifest of a release, from npm. One that the checkout has is taken as it is: somebody reviewed it."""
    path = checkout.app / "manifests" / f"{release}.json"
    name = checkout.relative(path)
    if path.is_file():
        return Edited(edits=(f"{name} was there, and was not changed",))
    made = make_manifest(checkout, release, [], progress)
    return Edited((path,), (f"{name} is new",), doubts=tuple(made.notes))


def write_release(checkout: Checkout, release: str) -> Edited:
    """``backstage:`` in portal.yaml."""
    file = checkout.portal_file
    before = str(value_at(read_document(file, "portal.yaml").data, ("backstage",)))
    write_whole(file, with_scalar(file.read_bytes().decode(), ("backstage",), release))
    return Edited((file,), (f"portal.yaml: backstage is {release} instead of {before}",))


def move_record_versions(checkout: Checkout, release: str) -> Edited:
    """The exact versions in records that do not fit the release. InputError if a record names an unknown package."""
    _, document, composition = read_portal(checkout)
    manifest = manifest_for(checkout.app, release, document.where(("backstage",)))
    own = {**manifest.frontend, **manifest.backend}
    versions = {**manifest.packages, **{name: version for name, version in own.items() if version is not None}}
    pinned = pinned_packages(composition)
    found = [
        pinned_version(package, published, versions)
        for package, published in zip(pinned, all_published([one.name for one in pinned]), strict=True)
    ]
    moved = [one for one in found if one.moved and _is_written(checkout, one.package)]
    for one in moved:
        file = checkout.root / one.package.file
        write_whole(file, with_scalar(file.read_bytes().decode(), one.package.key, one.version))
    return Edited(
        tuple(checkout.root / one.package.file for one in moved),
        tuple(_move(one) for one in moved),
        tuple(_misfit(one) for one in found if one.misfits or (one.moved and one not in moved)),
    )


def _is_written(checkout: Checkout, package: PinnedPackage) -> bool:
    """Whether the checkout's own record pins the package so. The code that runs may be that of another checkout."""
    file = checkout.root / package.file
    return file.is_file() and str(value_at(read_document(file, package.file).data, package.key)) == package.version


def _move(one: PinnedVersion) -> str:
    package = one.package
    return f"{package.file}: {package.name} is {one.version} instead of {package.version}, as that does not fit"


def _misfit(one: PinnedVersion) -> str:
    package = one.package
    if one.moved:
        return f"{package.name} should have the version {one.version}, and {package.file} is not in this checkout"
    return f"{package.name} {package.version} ({package.file}) {'; '.join(one.misfits)}. No later version fits either"


def run_portal(checkout: Checkout, words: Sequence[str], log: Path, phase: Phase) -> None:
    """Run a verb of a worktree's own code on the worktree. PortalError with its last lines if it fails."""
    # What npm and Yarn need of the environment, and what a container builder needs.
    environment = {**child_environment("node"), **child_environment("docker"), "PYTHONPATH": str(checkout.root)}
    command = words_of_code(sys.executable, "portal.command.main", ["--directory", checkout.root, *words])
    run(command, cwd=checkout.root, environment=environment, log=log, on_line=phase.update)


@dataclass(frozen=True)
class Faults:
    """What checks find in the stacks of a checkout: as they are, and with their next release. By stack."""

    now: Mapping[str, tuple[str, ...]]
    next: Mapping[str, tuple[str, ...]]


def read_faults(checkout: Checkout) -> Faults:
    """What the checks of a worktree's own code find. Reads no secret, and asks no cluster."""
    stacks = [stack for stack in checkout.stack_names() if is_stack_name(stack)]
    text = output_of_code(checkout.root, "portal.graph.preview.snapshot", [checkout.root, *stacks])
    found = Snapshot.model_validate_json(text).stacks
    return Faults(
        {stack: one.now.faults for stack, one in found.items()},
        {stack: one.candidate.faults for stack, one in found.items() if one.candidate is not None},
    )


def read_template(before: str, after: str) -> Edited:
    """How apps that are newly made differ. ``edits`` are the lines of the difference."""
    with tempfile.TemporaryDirectory() as temporary:
        apps = CreateApp(Path(temporary))
        try:
            return Edited(edits=tuple(template_difference(apps.of_release(before), apps.of_release(after))))
        except PortalError as error:
            # Good to know, and no reason not to upgrade.
            return Edited(open_points=(f"the template of new apps was not compared: {error.last_line}",))
