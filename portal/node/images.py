"""Images for the node: build the image of its own pods, load images that are in no registry, and remove old ones."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from portal.base.canonical import content_hash, tree_hash
from portal.base.process import output
from portal.image.container_builder import ContainerBuilder, archive_tag
from portal.node.configuration import SANDBOX_IMAGE
from portal.node.lifecycle import Node

# One image for all of the node's own pods. It has a few static programs.
CONTAINERFILE = 'FROM scratch\nCOPY . /bin/\nUSER 65532:65532\nENTRYPOINT ["/bin/pause"]\n'
PROGRAMS = ("coredns", "local-path-provisioner", "pause")
_UNNAMED = "sha256:"
BUSYBOX_COMMANDS = ("sh", "mkdir", "rm", "chmod")


def node_image_archive(engine: ContainerBuilder, addons: Path, debian: Path, build: Path) -> Path:
    """The archive of the node's own image in the folder ``build``. Builds it if it is missing."""
    busybox = debian / "bin" / "busybox"
    key = content_hash([tree_hash(addons), tree_hash(busybox), CONTAINERFILE, BUSYBOX_COMMANDS])
    archive = build / f"node-{key}.tar"
    if archive.is_file():
        return archive
    for old in archive.parent.glob("node-*.tar"):
        old.unlink()
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=archive.parent) as temporary:
        context = Path(temporary) / "context"
        context.mkdir()
        for program in PROGRAMS:
            shutil.copy2(addons / program, context / program)
        shutil.copy2(busybox, context / "busybox")
        for command in BUSYBOX_COMMANDS:
            (context / command).symlink_to("busybox")
        containerfile = Path(temporary) / "Containerfile"
        containerfile.write_text(CONTAINERFILE, "utf-8")
        engine.build(containerfile, context, SANDBOX_IMAGE, {}, build / "logs" / "node-image.log")
        engine.archive(SANDBOX_IMAGE, archive)
    return archive


def has_image(node: Node, reference: str) -> bool:
    """Whether the node has an image with this name."""
    return reference in output(node.ctr("images", "list", "--quiet")).split()


def load_image(node: Node, archive: Path, reference: str) -> None:
    """Load an image archive, and also name it ``reference``. Does nothing if the node has an image with that name."""
    if has_image(node, reference):
        return
    output(node.ctr("images", "import", archive))
    source = archive_tag(archive)
    if source != reference:
        output(node.ctr("images", "tag", "--force", source, reference))


def drop_images(node: Node, name: str, used: Collection[str]) -> None:
    """Remove the images of the repository ``name`` that nothing uses, and images that no longer have a name.

    ``used`` has the references that pods of any stack use now, or will use when they are started again.
    """
    stale = stale_images(output(node.ctr("images", "list")), output(node.ctr("containers", "list")), name, used)
    if stale:
        output(node.ctr("images", "rm", *stale))


def stale_images(images: str, containers: str, name: str, used: Collection[str]) -> list[str]:
    """The references to remove. ``images`` and ``containers`` are the lists that containerd's client prints.

    An image has several references: the names that it was loaded with, and ``sha256:`` with the digest of its
    configuration, which the Kubernetes runtime adds. When the last reference is removed, the layers of the image are
    deleted. So all references of an image are kept, or all are removed.
    """
    digests = {line[0]: line[2] for row in images.splitlines()[1:] if len(line := row.split()) > 2}
    running = {line[1] for row in containers.splitlines()[1:] if len(line := row.split()) > 1}
    kept = {digest for reference, digest in digests.items() if reference in used or reference in running}
    named = {digest for reference, digest in digests.items() if not reference.startswith(_UNNAMED)}
    ours = {digest for reference, digest in digests.items() if reference.startswith(f"{name}@")}
    gone = {digest for digest in digests.values() if digest in ours or digest not in named} - kept
    return [reference for reference, digest in digests.items() if digest in gone]
