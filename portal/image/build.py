"""``portal build`` builds the images of this checkout. It rebuilds only those whose input has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from portal.base.canonical import canonical_json, content_hash, tree_hash
from portal.base.checkout import Checkout
from portal.base.errors import PortalError, SituationError
from portal.base.files import write_whole
from portal.base.progress import Progress
from portal.image.app import build_app, install_app
from portal.image.base_images import BaseImage, base_images
from portal.image.container_builder import ContainerBuilder, container_builder
from portal.image.pinned_images import pinned_images
from portal.image.toolchain import YARN_VERSION, machine_cpu
from portal.release.account_records import account_records
from portal.release.composition import Composition
from portal.release.images import Images, built_images
from portal.release.locked import composition_id, require_locked

TAG = "localhost/portal:workspace"
OCI_CPUS = {"x64": "amd64", "arm64": "arm64"}

# For a short time, a build needs space for its workspace, production tree, layers and archive at once.
NEEDED_BYTES = 6 * 2**30


def build_images(
    composition: Composition,
    checkout: Checkout,
    progress: Progress,
    *,
    builder: str | None = None,
    again: bool = False,
    public_only: bool = False,
) -> Images:
    """Build the images of a composition for this machine's CPU. Does nothing if the last build had the same input.

    ``again`` builds in any case, with the same caches. ``public_only`` rejects assembled base images, both new ones and
    those of the last build. Needs 6 GiB of free disk space, and a lock that matches the composition (``portal lock``).
    """
    require_locked(composition, checkout.app)
    require_own_files(checkout.content, checkout.app / "packages")
    folder = checkout.build
    engine = container_builder(checkout.containers, builder)
    app_key = _app_key(composition, checkout)
    key = _image_key(app_key, checkout, engine)
    last = _images_with(key, checkout)
    if last is not None and not again and not (public_only and assembled_images(last)):
        return last
    require_disk(checkout.root, NEEDED_BYTES)
    folder.mkdir(parents=True, exist_ok=True)
    checkout.images_file.unlink(missing_ok=True)
    context = folder / "context"
    workspace = folder / "workspace"
    app_is_built = not again and _app_is_built(checkout, context, app_key)
    with ThreadPoolExecutor(max_workers=1) as beside:
        found = beside.submit(_find_base_images, engine, folder, progress, public_only=public_only)
        if not app_is_built:
            install_app(composition, checkout.app, workspace, progress)
    # Before the app is built, which takes minutes: pulling an image may have failed.
    base, database = found.result()
    if not app_is_built:
        stamp = _app_stamp(checkout)
        stamp.unlink(missing_ok=True)
        build_app(checkout.app, workspace, context, progress)
        write_whole(stamp, app_key)
    with progress.phase(f"Build the image ({engine.name})"):
        images = _images(engine, checkout, context, key, base, database)
    write_whole(checkout.images_file, canonical_json(images.model_dump(by_alias=True)))
    return images


def up_to_date_images(composition: Composition, checkout: Checkout, builder: str | None = None) -> Images | None:
    """The images of the last build, or None if their input has changed since. Builds nothing."""
    if built_images(checkout) is None:
        return None
    engine = container_builder(checkout.containers, builder)
    return _images_with(_image_key(_app_key(composition, checkout), checkout, engine), checkout)


def require_same_images(before: Images, after: Images) -> None:
    """Raise PortalError unless two builds of the same input made the same images."""
    pairs = ((before.portal, after.portal), (before.database, after.database))
    differ = [f"{one.name}: {one.reference} and {two.reference}" for one, two in pairs if one.digests != two.digests]
    if differ:
        raise PortalError(f"the same input gave two images ({'; '.join(differ)}), so nobody can check what is in them")


def assembled_images(images: Images) -> list[str]:
    """The names of the base image and the database's image, if they are assembled or not the pinned ones."""
    pinned = _pinned_references()
    return [
        image.name
        for image in (images.base, images.database)
        if image.origin != "public" or not all(f"{image.name}@{digest}" in pinned for digest in image.digests.values())
    ]


def _pinned_references() -> list[str]:
    return [image.reference for _, image in sorted(pinned_images().items())]


def require_own_files(*folders: Path) -> None:
    """Refuse pipes, sockets, devices, and links out of a folder: an image would contain what such a link leads to."""
    for top in folders:
        for here, names, files in os.walk(top):
            for path in (Path(here) / name for name in (*names, *files)):
                if path.is_symlink():
                    _require_link_inside(path, top)
                if not path.is_symlink() and not path.is_dir() and not path.is_file():
                    raise SituationError(f"{path} is neither a file nor a folder", "remove it")


def _require_link_inside(link: Path, top: Path) -> None:
    # Not `Path.resolve`: it raises an error if links form a loop.
    end = Path(os.path.realpath(link))
    if not end.is_relative_to(top.resolve()):
        raise SituationError(
            f"{link} is a link to {link.readlink()}, and the image would contain what is there",
            "replace the link with a copy",
        )
    if not link.exists():
        raise SituationError(f"{link} is a link to {link.readlink()}, and nothing is there", "remove the link")
    if link.resolve().is_dir() and link.parent.resolve().is_relative_to(end):
        raise SituationError(f"{link} is a link to a folder that contains it, so a copy would never end", "remove it")


def require_disk(folder: Path, needed: int) -> None:
    """Raise an error if the disk of ``folder`` has less free space than ``needed``, in bytes."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise PortalError(
            f"{folder} has {free / 2**30:.1f} GiB of free disk and this needs {needed / 2**30:.0f} GiB: free some,"
            " or move the checkout"
        )


def _find_base_images(
    engine: ContainerBuilder, folder: Path, progress: Progress, *, public_only: bool
) -> tuple[BaseImage, BaseImage]:
    with progress.phase("Find base images"):
        return base_images(engine, folder, progress, public_only=public_only)


def _app_is_built(checkout: Checkout, context: Path, key: str) -> bool:
    """Whether the app is in the context folder, and its input has not changed since."""
    stamp = _app_stamp(checkout)
    return stamp.is_file() and stamp.read_text("utf-8") == key and (context / "app").is_dir()


def _app_stamp(checkout: Checkout) -> Path:
    return checkout.build / "app.key"


def _image_key(app_key: str, checkout: Checkout, engine: ContainerBuilder) -> str:
    """A hash of everything that the images are made from."""
    return content_hash([app_key, tree_hash(checkout.content), engine.name, engine.version, *_pinned_references()], 32)


def _images_with(key: str, checkout: Checkout) -> Images | None:
    last = built_images(checkout)
    return last if last is not None and last.key == key and _archives_exist(last, checkout) else None


def _app_key(composition: Composition, checkout: Checkout) -> str:
    own = Path(__file__).parent
    app = checkout.app
    sources = [app / "packages", app / "tsconfig.json", app / "yarn.lock", app / "Containerfile"]
    builders = sorted(own.glob("*.py"))
    return content_hash(
        [
            composition_id(composition),
            account_records(composition),
            tree_hash(*sources, *builders),
            machine_cpu(),
            YARN_VERSION,
        ],
        32,
    )


def _images(
    engine: ContainerBuilder, checkout: Checkout, context: Path, key: str, base: BaseImage, database: BaseImage
) -> Images:
    shutil.rmtree(context / "content", ignore_errors=True)
    shutil.copytree(checkout.content, context / "content")
    _equal_modes(context / "content")
    log = checkout.build / "logs" / "image.log"
    engine.build(checkout.app / "Containerfile", context, TAG, {"BASE": base.reference}, log)
    archive = checkout.build / "portal.tar"
    digest = engine.archive(TAG, archive)
    return Images.model_validate(
        {
            "key": key,
            "portal": {**_image("localhost/portal", digest, "built"), **_archived(checkout, archive)},
            "database": _base_image(engine, checkout, database, "localhost/portal-postgres", "postgres.tar"),
            "base": _image(base.reference.split("@")[0], base.digest, base.origin),
        }
    )


def _base_image(
    engine: ContainerBuilder, checkout: Checkout, image: BaseImage, name: str, file: str
) -> Mapping[str, object]:
    if image.origin == "public":
        return _image(image.reference.split("@")[0], image.digest, "public")
    archive = checkout.build / file
    digest = engine.archive(image.reference, archive)
    return {**_image(name, digest, "assembled"), **_archived(checkout, archive)}


def _image(name: str, digest: str, origin: str) -> Mapping[str, object]:
    return {"name": name, "digests": {f"linux/{OCI_CPUS[machine_cpu()]}": digest}, "origin": origin}


def _archived(checkout: Checkout, archive: Path) -> Mapping[str, object]:
    return {"archive": checkout.relative(archive), "bytes": archive.stat().st_size}


def _archives_exist(images: Images, checkout: Checkout) -> bool:
    archives = [image.archive for image in (images.portal, images.database) if image.archive]
    return all((checkout.root / archive).is_file() for archive in archives)


def _equal_modes(folder: Path) -> None:
    folder.chmod(0o755)
    for here, folders, files in os.walk(folder):
        for name in folders:
            (Path(here) / name).chmod(0o755)
        for name in files:
            (Path(here) / name).chmod(0o644)
