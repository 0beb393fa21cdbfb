"""List, show, compare, sign, verify and delete releases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from portal.base.checkout import Checkout
from portal.base.errors import InputError, PortalError, did_you_mean, quoted
from portal.command.context import Context
from portal.command.json_answers import shown
from portal.command.options import Json
from portal.command.release_answers import (
    DifferenceAnswer,
    PruneAnswer,
    PrunedRelease,
    ReleaseAnswer,
    ReleasesAnswer,
    SignatureAnswer,
    difference_answer,
    release_answer,
    supply_chain,
)
from portal.command.release_signing import sign_release, verify_release
from portal.command.release_tables import release_table, releases_table
from portal.command.verb import Verb
from portal.release.bundle import Release, kept_releases, read_bundle
from portal.release.config_schemas import ConfigSchemas
from portal.release.difference import release_difference
from portal.release.difference_lines import sections
from portal.release.pruning import RETURNS, kept_because
from portal.release.release import WORKSPACE, load_release, with_built_from
from portal.stackfile.pointer import RELEASE
from portal.stackfile.read import read_stack_file
from portal.stackfile.release_history import committed_releases, releases_of

Id = Annotated[str, typer.Argument(help="A release (r-...), or `workspace`: this checkout.")]
Pinned = Annotated[str, typer.Argument(metavar="RELEASE", help="A release (r-...).")]


verb = Verb(answers=(ReleasesAnswer, ReleaseAnswer, DifferenceAnswer, SignatureAnswer, PruneAnswer), group_help=__doc__)


@verb.command("list")
def release_list(context: typer.Context, as_json: Json = False) -> None:
    """List the releases in releases/, and the stacks that point to each.

    \b
    portal release list
    """
    _list(context.obj, as_json=as_json)


@verb.command("show")
def release_show(context: typer.Context, release: Id, as_json: Json = False) -> None:
    """Show one release: its images and plugins, what it was made from, its SBOM, and who signed it.

    \b
    portal release show r-4f0c2a91b7de
    """
    _show(context.obj, release, as_json=as_json)


@verb.command("diff")
def release_diff(
    context: typer.Context,
    before: Annotated[str, typer.Argument(help="The older release, or `workspace`.")],
    after: Annotated[str, typer.Argument(help="The newer release, or `workspace`.")] = WORKSPACE,
    as_json: Json = False,
) -> None:
    """Show what differs between two releases: plugins, portal.yaml, packages, app-config keys, migrations, image size.

    Lines that begin with `!` show what may break. Without a second release, the command compares with this checkout.

    \b
    portal release diff r-4f0c2a91b7de r-90b1d4c3aa05
    portal release diff r-4f0c2a91b7de
    """
    _diff(context.obj, before, after, as_json=as_json)


@verb.writer("sign", brief=True)
def release_sign(
    context: typer.Context,
    release: Pinned,
    key: Annotated[Path, typer.Option("--key", help="The file of a private key: Ed25519, in PEM.")],
    as_json: Json = False,
) -> None:
    """Sign a release, its SBOM and the digests of its images, with your own key. Commit the file that it writes.

    Only you may read the file of the key (mode 0600), unless a passphrase protects it. The passphrase is that of the
    environment variable PORTAL_SIGNING_PASSPHRASE, or the command asks for it.

    \b
    openssl genpkey -algorithm ed25519 -out ~/release-key.pem
    openssl pkey -in ~/release-key.pem -pubout -out releases/public-key.pem
    portal release sign r-4f0c2a91b7de --key ~/release-key.pem
    """
    _require_kept(context.obj.checkout, release)
    sign_release(context.obj, release, key, as_json=as_json)


@verb.command("verify")
def release_verify(
    context: typer.Context,
    release: Pinned,
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="The file of the public key. Default: releases/public-key.pem.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Verify that a key signed a release as it is now. The exit code is 1 if it did not.

    The command reads files only. It does not look at the images in the registry: their digests are signed, and a
    cluster pulls them by digest.

    \b
    portal release verify r-4f0c2a91b7de
    portal release verify r-4f0c2a91b7de --public-key ~/team.pem
    """
    _require_kept(context.obj.checkout, release)
    verify_release(context.obj, release, public_key, as_json=as_json)


@verb.writer("prune", brief=True)
def release_prune(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    as_json: Json = False,
) -> None:
    """Delete the releases that no stack needs any more.

    The command keeps the releases that stacks point to, and for each stack the 5 releases before that one, according to
    the history of this branch in Git. It also keeps releases that are not committed. Commit the change. If you need a
    deleted release again, restore its folder from Git.

    \b
    portal release prune --dry-run
    """
    _prune(context.obj, dry_run=dry_run, as_json=as_json)


def _list(context: Context, *, as_json: bool) -> None:
    checkout = context.checkout
    used = _stacks_by_release(checkout)
    answers = list(_readable(context, used))
    if as_json:
        context.out.document(shown(ReleasesAnswer(releases=tuple(answers))))
        return
    if not answers:
        context.out.print("There is no release yet. `portal build --push` makes one.")
        return
    context.show(releases_table(answers))


def _readable(context: Context, used: Mapping[str, Sequence[str]]) -> Iterator[ReleaseAnswer]:
    """Every release that can be read. Of the others, it is said why not."""
    for one in kept_releases(context.checkout):
        try:
            release, _ = read_bundle(context.checkout, one)
        except PortalError as error:
            context.errors.print(str(error), markup=False)
            continue
        yield release_answer(release, used.get(one, []))


def _show(context: Context, name: str, *, as_json: bool) -> None:
    release, _ = _read(context.checkout, name)
    answer = release_answer(release, _stacks_by_release(context.checkout).get(name, []))
    if name != WORKSPACE:
        answer = answer.model_copy(update=supply_chain(context.checkout, name))
    if as_json:
        context.out.document(shown(answer))
        return
    context.show(release_table(answer))


def _diff(context: Context, before: str, after: str, *, as_json: bool) -> None:
    old, new = _read(context.checkout, before), _read(context.checkout, after)
    found = release_difference(old[0], new[0], old[1], new[1])
    if as_json:
        context.out.document(shown(difference_answer(before, after, found)))
        return
    lines = [f"! {sentence}" for sentence in found.breaking]
    for section in sections(found):
        lines += [f"{section.title}:", *section.lines]
    if not lines:
        context.out.print(f"{before} and {after} are the same.")
        return
    for line in (f"--- {before}", f"+++ {after}", *lines):
        context.changed(line)


def _prune(context: Context, *, dry_run: bool, as_json: bool) -> None:
    checkout = context.checkout
    releases = kept_releases(checkout)
    pointed = {stack: one for one, stacks in _stacks_by_release(checkout).items() for stack in stacks}
    earlier = {stack: releases_of(checkout, stack) for stack in checkout.stack_names()}
    kept = kept_because(releases, committed_releases(checkout), pointed, earlier)
    deleted = [one for one in releases if one not in kept]
    if not dry_run:
        for one in deleted:
            shutil.rmtree(checkout.releases / one)
    if as_json:
        answer = PruneAnswer(
            deleted=tuple(deleted),
            dry_run=dry_run,
            kept=tuple(PrunedRelease(id=one, reason=reason) for one, reason in kept.items()),
        )
        context.out.document(shown(answer))
        return
    for one, reason in kept.items():
        context.out.print(f"Keeps {one}: {reason}.")
    for one in deleted:
        context.out.print(f"{'Would delete' if dry_run else 'Deleted'} releases/{one}.")
    if deleted and not dry_run:
        context.out.print("Commit the change. Images in the registry stay as they are.")
    if not deleted:
        context.out.print(f"Nothing to delete: each stack keeps its release and the last {RETURNS} before it.")


def _require_kept(checkout: Checkout, name: str, *others: str) -> None:
    known = kept_releases(checkout)
    if name not in {*others, *known}:
        allowed = ", or ".join((*others, f"a release in releases/ ({', '.join(known) or 'there is none yet'})"))
        raise InputError(
            where="portal release",
            key="",
            got=quoted(name),
            allowed=allowed,
            fix=did_you_mean(name, known) if known else "make one with `portal build --push`",
        )


def _read(checkout: Checkout, name: str) -> tuple[Release, ConfigSchemas]:
    _require_kept(checkout, name, WORKSPACE)
    loaded = load_release(checkout, name, "portal release")
    return with_built_from(checkout, loaded), loaded.schemas


def _stacks_by_release(checkout: Checkout) -> dict[str, list[str]]:
    """The stacks that point to each release, as their files say it."""
    found: dict[str, list[str]] = {}
    for stack in checkout.stack_names():
        pointed = read_stack_file(checkout, stack).values.get(RELEASE, WORKSPACE)
        if isinstance(pointed, str):
            found.setdefault(pointed, []).append(stack)
    return found
