"""The program that builds images: docker, podman or buildah, whichever works on this machine."""

from __future__ import annotations

import json
import shutil
import tarfile
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.base.address import is_loopback
from portal.base.errors import InputError, PortalError, one_of
from portal.base.files import made_whole
from portal.base.process import output, run
from portal.image.container_runtime import works
from portal.image.registry import pushed_before

BUILDERS = ("docker", "podman", "buildah")


@dataclass(frozen=True)
class PushedImage:
    """An image in a registry: the digest of its index, and the digest of the image for each platform."""

    index: str
    digests: Mapping[str, str]


@dataclass(frozen=True)
class ContainerBuilder:
    """A program that builds images.

    ``storage`` is the folder in which buildah and podman keep layers, separate from the user's own images.
    ``environment`` is added to what it sees when it pushes.
    """

    name: str
    program: Path
    storage: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def version(self) -> str:
        """The builder's version. With the same input, another version may give another digest."""
        return output([self.program, "--version"]).strip()

    def build(self, containerfile: Path, context: Path, tag: str, arguments: Mapping[str, str], log: Path) -> None:
        """Build the image ``tag``. Its timestamps are the Unix epoch, so that the same input gives the same bytes."""
        words: list[str | Path] = ["build"] if self.name != "buildah" else ["bud"]
        if self.name == "docker":
            words += ["--provenance=false", "--build-arg", "SOURCE_DATE_EPOCH=0"]
        else:
            words += ["--timestamp", "0", "--layers", "--pull=never"]
        for name, value in sorted(arguments.items()):
            words += ["--build-arg", f"{name}={value}"]
        run(self._command(*words, "--file", containerfile, "--tag", tag, context), log=log)

    def pull(self, reference: str) -> None:
        """Pull a public image, ``name@digest``. The builder verifies the digest. Raises PortalError if that fails."""
        output(self._command("pull", reference))

    def has(self, reference: str) -> bool:
        """Whether the builder's storage has an image with this name."""
        words = ("inspect", "--type", "image") if self.name == "buildah" else ("image", "inspect")
        try:
            output(self._command(*words, reference))
        except PortalError:
            return False
        return True

    def archive(self, tag: str, path: Path) -> str:
        """Write an image as an OCI archive and return the digest of its manifest."""
        with made_whole(path) as partial:
            if self.name == "docker":
                run(self._command("save", "--output", partial, tag))
            elif self.name == "podman":
                run(self._command("save", "--format", "oci-archive", "--uncompressed", "--output", partial, tag))
            else:
                run(self._command("push", "--disable-compression", tag, f"oci-archive:{partial}:{tag}"))
            return archive_digest(partial)

    def push(self, tag: str, target: str, platform: str) -> PushedImage:
        """Push an image for ``platform`` to a registry, and an index that lists it as ``target`` (name and tag).

        The image itself has the tag of the index and its CPU (``…-amd64``). What the registry already has is not pushed
        again. SituationError if it has another image there.

        Uses the credentials of ``docker login`` and similar commands, unless ``registry_login`` has signed it in. Only
        a registry on a loopback address may use plain HTTP.
        """
        # Two tags: a registry may refuse to move one.
        image_tag = f"{target}-{platform.rpartition('/')[2]}"
        before = pushed_before(target, image_tag, platform, self._image_id(tag), self.environment)
        by_docker = self.name == "docker"
        image = before.image or (self._push_by_docker if by_docker else self._push)(tag, target, image_tag)
        index = before.index or (self._index_by_docker if by_docker else self._index)(tag, target, image)
        return PushedImage(index, {platform: image})

    def _image_id(self, tag: str) -> str:
        """The digest of the image's configuration; with docker's newer storage, that of its manifest."""
        if self.name == "buildah":
            return output(self._command("inspect", "--type", "image", "--format", "{{.FromImageID}}", tag)).strip()
        return output(self._command("image", "inspect", "--format", "{{.Id}}", tag)).strip()

    def _push_by_docker(self, tag: str, target: str, image_tag: str) -> str:
        self._send("tag", tag, image_tag)
        self._send("push", "--quiet", image_tag)
        found = output(self._command("image", "inspect", "--format", "{{json .RepoDigests}}", image_tag))
        repository = target.rpartition(":")[0]
        # Docker leaves out its own registry's name.
        names = {repository, repository.removeprefix("docker.io/").removeprefix("library/")}
        image = next((one for one in json.loads(found) if one.partition("@")[0] in names), None)
        if image is None:
            raise PortalError(f"docker does not say which digest {image_tag} has after the push")
        return str(image).partition("@")[2]

    def _index_by_docker(self, _tag: str, target: str, image: str) -> str:
        # An index, even if it has only one image: https://docs.docker.com/reference/cli/docker/buildx/imagetools/create
        listed = f"{target.rpartition(':')[0]}@{image}"
        self._send("buildx", "imagetools", "create", "--tag", target, listed)
        inspect = self._command("buildx", "imagetools", "inspect", "--format", "{{.Manifest.Digest}}", target)
        return output(inspect, env=self.environment).strip()

    def _push(self, tag: str, target: str, image_tag: str) -> str:
        """By buildah or podman."""
        with tempfile.TemporaryDirectory() as folder:
            digest = Path(folder) / "image"
            self._send("push", *_plain(target), "--digestfile", digest, tag, f"docker://{image_tag}")
            return digest.read_text("utf-8").strip()

    def _index(self, tag: str, target: str, image: str) -> str:
        """Their index is a name in their storage until it is pushed."""
        index, plain = f"{tag}-index", _plain(target)
        with tempfile.TemporaryDirectory() as folder:
            digest = Path(folder) / "index"
            with suppress(PortalError):  # of an earlier push
                output(self._command("manifest", "rm", index))
            output(self._command("manifest", "create", index))
            listed = f"docker://{target.rpartition(':')[0]}@{image}"
            self._send("manifest", "add", *plain, index, listed)
            self._send("manifest", "push", *plain, "--digestfile", digest, index, f"docker://{target}")
            return digest.read_text("utf-8").strip()

    def _send(self, *words: str | Path) -> None:
        run(self._command(*words), env=self.environment)

    def _command(self, *words: str | Path) -> list[str | Path]:
        if self.name == "docker":
            return [self.program, *words]
        own = ["--root", self.storage / "layers", "--runroot", self.storage / "run"]
        return [self.program, *own, "--storage-driver", "overlay", *words]


def _plain(target: str) -> list[str]:
    return ["--tls-verify=false"] if is_loopback(f"http://{target.partition('/')[0]}") else []


def archive_digest(path: Path) -> str:
    """The manifest digest of the one image in an OCI archive (https://github.com/opencontainers/image-spec)."""
    return str(_only_image(path)["digest"])


def archive_tag(path: Path) -> str:
    """The image name that an OCI archive states."""
    annotations = _only_image(path).get("annotations", {})
    name = annotations.get("io.containerd.image.name") or annotations.get("org.opencontainers.image.ref.name")
    if not name:
        raise PortalError(f"{path} does not name its image")
    return str(name)


def _only_image(path: Path) -> dict[str, Any]:
    try:
        with tarfile.open(path) as archive:
            index = archive.extractfile("index.json")
            manifests: list[dict[str, Any]] = json.load(index)["manifests"] if index is not None else []
    except KeyError as error:
        raise PortalError(f"{path} is not an OCI archive. Docker writes OCI archives from version 25 on.") from error
    if len(manifests) != 1:
        raise PortalError(f"{path} has {len(manifests)} images instead of one")
    return manifests[0]


def container_builder(storage: Path, chosen: str | None = None) -> ContainerBuilder:
    """The chosen builder, or the first one that works on this machine."""
    if chosen is not None and chosen not in BUILDERS:
        raise InputError(
            where="--builder",
            key="",
            got=f'"{chosen}"',
            allowed=one_of(BUILDERS),
            fix="choose one of them",
        )
    for name in (chosen,) if chosen else BUILDERS:
        if _works_here(name):
            return ContainerBuilder(name, Path(str(shutil.which(name))), storage)
    install = "Install docker, podman or buildah (Debian: apt-get install buildah)."
    if chosen is None:
        raise PortalError(f"no container builder works here ({', '.join(BUILDERS)}). {install}")
    why = "is not installed" if shutil.which(chosen) is None else "does not answer"
    others = [name for name in BUILDERS if name != chosen and _works_here(name)]
    raise PortalError(f"{chosen} {why}. " + (f"{others[0]} works here: leave out --builder." if others else install))


def _works_here(name: str) -> bool:
    """Whether an engine is installed. Docker also needs a running daemon; the others build without one."""
    program = shutil.which(name)
    return program is not None and (name != "docker" or works(program))
