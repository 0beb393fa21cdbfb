"""Images for the node: what its own pods run, and loading archives that no registry has."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from portal.base.canonical import content_hash, tree_hash
from portal.base.process import output
from portal.image.container_builder import ContainerBuilder, archive_tag
from portal.node.configuration import SANDBOX_IMAGE
from portal.node.lifecycle import Node

# One image for everything of the node's own: a handful of static programs.
CONTAINERFILE = 'FROM scratch\nCOPY . /bin/\nUSER 65532:65532\nENTRYPOINT ["/bin/pause"]\n'
PROGRAMS = ("coredns", "local-path-provisioner", "pause")
BUSYBOX_COMMANDS = ("sh", "mkdir", "rm", "chmod")


def node_image_archive(engine: ContainerBuilder, addons: Path, debian: Path, build: Path) -> Path:
    """The archive of the node's own image in the folder ``build``, built where it is missing."""
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
        containerfile.write_text(CONTAINERFILE)
        engine.build(containerfile, context, SANDBOX_IMAGE, {}, build / "logs" / "node-image.log")
        engine.archive(SANDBOX_IMAGE, archive)
    return archive


def has_image(node: Node, reference: str) -> bool:
    """Whether the node has an image of that name."""
    return reference in output(node.ctr("images", "list", "--quiet")).split()


def load_image(node: Node, archive: Path, reference: str) -> None:
    """Load an image archive under one more name; does nothing where the node has it."""
    if has_image(node, reference):
        return
    output(node.ctr("images", "import", archive))
    source = archive_tag(archive)
    if source != reference:
        output(node.ctr("images", "tag", "--force", source, reference))


def drop_images(node: Node, name: str, kept: str) -> None:
    """Remove the digests of a repository that nothing runs any more: all but ``kept``."""
    stale = [
        found
        for found in output(node.ctr("images", "list", "--quiet")).split()
        if found.startswith(f"{name}@") and found != kept
    ]
    if stale:
        output(node.ctr("images", "rm", *stale))
