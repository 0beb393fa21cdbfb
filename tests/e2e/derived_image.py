"""Images of releases that nobody built: the portal's image with some files more, others, or gone."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.node.images import load_image
from portal.node.layout import NodeLayout
from portal.node.lifecycle import Node
from portal.release.images import Images, built_images
from tests.e2e.conftest import Workplace

NAME = "localhost/portal"
MODULES = "app/node_modules"


def derive(workplace: Workplace, folder: Path, files: Mapping[str, str | None]) -> str:
    """The digest of an image that the node has from now on. ``files`` are contents by path; None takes one away.

    The archive has only what is new. The node has the rest: https://github.com/opencontainers/image-spec.
    """
    images = _images(workplace)
    with tarfile.open(workplace.checkout.root / str(images.portal.archive)) as archive:
        index = _json(archive, "index.json")
        manifest = _blob(archive, index["manifests"][0]["digest"])
        config = _blob(archive, manifest["config"]["digest"])
    layer = _layer(files)
    new = copy.deepcopy(config)
    new["rootfs"]["diff_ids"].append(_digest(layer))
    new["history"].append({"created": "1970-01-01T00:00:00Z", "created_by": "a test"})
    body = json.dumps(new).encode()
    manifest["config"] |= {"digest": _digest(body), "size": len(body)}
    manifest["layers"].append(
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": _digest(layer), "size": len(layer)}
    )
    whole = json.dumps(manifest).encode()
    index["manifests"][0] |= {"digest": _digest(whole), "size": len(whole)}
    index["manifests"][0]["annotations"] = {"org.opencontainers.image.ref.name": f"{NAME}:{_digest(whole)[7:19]}"}
    file = folder / f"{_digest(whole)[7:19]}.tar"
    blobs = {f"blobs/sha256/{_digest(one)[7:]}": one for one in (layer, body, whole)}
    _write(file, {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": json.dumps(index).encode(), **blobs})
    load_image(Node(NodeLayout(workplace.checkout.node)), file, f"{NAME}@{_digest(whole)}")
    return _digest(whole)


def file_of(workplace: Workplace, package: str, name: str) -> str:
    """A file of a package, as the image has it."""
    return (workplace.checkout.build / "context" / "dependencies" / "node_modules" / package / name).read_text()


def _images(workplace: Workplace) -> Images:
    images = built_images(workplace.checkout)
    assert images is not None
    return images


def _layer(files: Mapping[str, str | None]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as layer:
        for path, text in files.items():
            folder, _, name = path.rpartition("/")
            # A file whose name begins like this takes the one away that is named after it.
            member = tarfile.TarInfo(path if text is not None else f"{folder}/.wh.{name}")
            content = (text or "").encode()
            member.size, member.mode = len(content), 0o644
            layer.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _write(file: Path, files: Mapping[str, bytes]) -> None:
    with tarfile.open(file, "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def _blob(archive: tarfile.TarFile, digest: str) -> Any:
    return _json(archive, f"blobs/sha256/{digest[7:]}")


def _json(archive: tarfile.TarFile, name: str) -> Any:
    found = archive.extractfile(name)
    assert found is not None
    return json.load(found)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
