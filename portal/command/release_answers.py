"""What ``portal release`` answers with ``--json``, and how it is made from a release."""

from __future__ import annotations

from collections.abc import Sequence

from portal.base.checkout import Checkout
from portal.command.json_answers import JsonAnswer
from portal.release.bundle import Release
from portal.release.difference import ReleaseDifference
from portal.release.sbom import read_sbom
from portal.release.signature import envelopes


class SbomAnswer(JsonAnswer):
    """What an SBOM lists."""

    file: str
    """The file in the checkout."""

    sha256: str
    """SHA-256 of the file."""

    components: int
    """How many components it lists."""

    licenses: dict[str, int]
    """How many components state each license, the most frequent first. `not stated` if they state none."""


class ReleaseAnswer(JsonAnswer):
    """`portal release show --json`. One release."""

    id: str
    """Its id, as in `portal:release`."""

    format: int
    """The format of its file."""

    backstage: str
    """The release of Backstage."""

    source: str
    """The commit that it was made from."""

    program: str
    """The program that made it: the commit of its code."""

    stacks: tuple[str, ...]
    """The stacks that point to it."""

    image: str
    """The portal's image, `name@digest`, as pods pull it."""

    platforms: dict[str, str]
    """The digest of the portal's image for each platform."""

    image_bytes: int | None = None
    """The size of the archive of the portal's image, if it is recorded."""

    database_image: str
    """The image of the database in a cluster."""

    plugins: tuple[str, ...]
    """Its plugins."""

    sign_in: tuple[str, ...]
    """Its sign-in providers."""

    sources: tuple[str, ...]
    """Its sources."""

    packages: int | None = None
    """How many npm packages its lock has, in all versions, if that is recorded."""

    migrations: int | None = None
    """How many database migrations its packages have, if that is recorded."""

    lock: str | None = None
    """SHA-256 of `app/yarn.lock`, if it is recorded."""

    content: str | None = None
    """SHA-256 over the files in `content/`, if it is recorded."""

    sbom: SbomAnswer | None = None
    """Its SBOM, if it has one. `portal release list` leaves it out."""

    signed_by: tuple[str, ...] | None = None
    """The ids of the keys in its signatures, which are not verified here. `portal release list` leaves it out."""


class SignatureAnswer(JsonAnswer):
    """`portal release sign --json` and `portal release verify --json`."""

    release: str
    """The release."""

    file: str
    """The file with the signature."""

    key: str
    """The id of the key: SHA-256 of the public key, in the encoding SubjectPublicKeyInfo."""

    public_key: str
    """The public key, as `portal:signedBy` in a stack's file takes it."""

    subjects: dict[str, str]
    """What is signed: SHA-256 of the files of the release and of its SBOM, and the digests of its images."""


class ReleasesAnswer(JsonAnswer):
    """`portal release list --json`."""

    releases: tuple[ReleaseAnswer, ...]
    """The releases in `releases/`."""


class PackageChangeAnswer(JsonAnswer):
    """An npm package whose versions differ."""

    name: str
    """The package."""

    before: tuple[str, ...]
    """Its versions in the first release; empty if it is new."""

    after: tuple[str, ...]
    """Its versions in the second release; empty if it is gone."""


class MigrationAnswer(JsonAnswer):
    """A database migration that only one of the releases has."""

    package: str
    """The package that brings it."""

    plugin: str | None = None
    """The plugin whose schema it changes. Absent if it is for all plugins."""

    name: str
    """Its file."""

    added: bool
    """Whether the second release has it."""

    additive: bool | None = None
    """Whether older code still works on a database with this migration. Absent if nobody reviewed it."""


class DifferenceAnswer(JsonAnswer):
    """`portal release diff --json`."""

    before: str
    """The first release."""

    after: str
    """The second release."""

    backstage: tuple[str, str]
    """Backstage's release in both."""

    breaking: tuple[str, ...]
    """What may stop something that works now, in sentences."""

    added_plugins: tuple[str, ...]
    """Plugins, sign-in providers and sources that only the second release has."""

    removed_plugins: tuple[str, ...]
    """Those that only the first release has."""

    changed_plugins: tuple[str, ...]
    """Those whose records differ."""

    portal: tuple[str, ...]
    """What differs in `portal.yaml`: `- key: value` is in the first release only, `+` in the second only."""

    packages: tuple[PackageChangeAnswer, ...] | None = None
    """The npm packages that differ. Absent if one of the releases does not record them."""

    gone_keys: tuple[str, ...]
    """Keys of app-config that only the first release declares."""

    new_keys: tuple[str, ...]
    """Keys of app-config that only the second release declares."""

    migrations: tuple[MigrationAnswer, ...] | None = None
    """The database migrations that differ. Absent if one of the releases does not record them."""

    image_bytes: tuple[int, int]
    """The sizes of the images' archives. 0 if a release does not record it."""

    same_image: bool
    """Whether both have the same image."""

    same_database_image: bool
    """Whether both have the same image of the database in a cluster."""

    same_content: bool | None = None
    """Whether both have the same files in `content/`. Absent if one of the releases does not record it."""


class PrunedRelease(JsonAnswer):
    """A release that is kept."""

    id: str
    """The release."""

    reason: str
    """Why it is kept."""


class PruneAnswer(JsonAnswer):
    """`portal release prune --json`."""

    deleted: tuple[str, ...]
    """The releases that were deleted, or with `--dry-run` would be."""

    dry_run: bool
    """Whether nothing was deleted because of `--dry-run`."""

    kept: tuple[PrunedRelease, ...]
    """The releases that are kept."""


def supply_chain(checkout: Checkout, release_id: str) -> dict[str, object]:
    """The fields of an answer about a release's SBOM and signatures."""
    sbom = read_sbom(checkout, release_id)
    signers = {key for envelope in envelopes(checkout, release_id) for key in envelope.signatures}
    return {
        "sbom": SbomAnswer(
            file=checkout.relative(sbom.path),
            sha256=sbom.sha256,
            components=sbom.components,
            licenses=dict(sbom.licenses),
        )
        if sbom is not None
        else None,
        "signed_by": tuple(sorted(signers)),
    }


def release_answer(release: Release, stacks: Sequence[str]) -> ReleaseAnswer:
    """A release as an answer, without its SBOM and signatures. ``stacks`` are those that point to it."""
    sources, image = release.built_from, release.images.portal
    return ReleaseAnswer(
        id=release.id,
        format=release.format,
        backstage=release.portal.backstage,
        source="" if release.source == release.id else release.source,
        program=release.program,
        stacks=tuple(stacks),
        image=image.reference,
        platforms=dict(image.digests),
        image_bytes=image.bytes,
        database_image=release.images.database.reference,
        plugins=tuple(sorted(release.plugins)),
        sign_in=tuple(sorted(release.sign_in)),
        sources=tuple(sorted(release.sources)),
        packages=sum(len(versions) for versions in sources.packages.values()) if sources else None,
        migrations=sum(len(one.names) for one in sources.migrations.values()) if sources else None,
        lock=sources.lock if sources else None,
        content=sources.content if sources else None,
    )


def difference_answer(before: str, after: str, found: ReleaseDifference) -> DifferenceAnswer:
    """A difference as an answer."""
    packages, migrations = found.packages, found.migrations
    return DifferenceAnswer(
        before=before,
        after=after,
        backstage=found.backstage,
        breaking=found.breaking,
        added_plugins=found.added_plugins,
        removed_plugins=found.removed_plugins,
        changed_plugins=found.changed_plugins,
        portal=tuple(one.line for one in found.portal),
        packages=None
        if packages is None
        else tuple(PackageChangeAnswer(name=one.name, before=one.before, after=one.after) for one in packages),
        gone_keys=found.gone_keys,
        new_keys=found.new_keys,
        migrations=None
        if migrations is None
        else tuple(
            MigrationAnswer(
                package=one.package, plugin=one.plugin, name=one.name, added=one.added, additive=one.additive
            )
            for one in migrations
        ),
        image_bytes=found.bytes,
        same_image=found.same_image,
        same_database_image=found.same_database_image,
        same_content=found.same_content,
    )
