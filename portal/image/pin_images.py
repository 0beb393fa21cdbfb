"""Update the pinned digests to those that the tags have now (``make base-images``). A person commits the change.

Queries the registries directly, because not all of docker, podman and buildah report the digest of an index
(https://github.com/opencontainers/distribution-spec, "Pulling manifests"). Works with public images only, because it
sends no credentials.
"""

from __future__ import annotations

import hashlib
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from portal.base.errors import PortalError
from portal.base.files import write_whole
from portal.base.web_answer import read_answer
from portal.image.pinned_images import PINS, PinnedImage, pinned_images
from portal.image.registry import ask_token, manifest_url

INDEXES = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json"
# An index of Docker's official images has about 10 KiB.
LIMIT = 4 * 2**20
SECONDS = 30.0

# An image has to exist for both CPUs.
PLATFORMS = {"amd64", "arm64"}


def pin_images() -> None:
    """Write the current digests of all tags. Writes none if one cannot be found."""
    moved = {role: replace(image, digest=current_digest(image)) for role, image in pinned_images().items()}
    write_whole(PINS, json.dumps({role: asdict(image) for role, image in moved.items()}, indent=2) + "\n")


def current_digest(image: PinnedImage) -> str:
    """The digest of a tag's index, computed on this machine. Raises PortalError unless the index has both CPUs."""
    url = manifest_url(image.image, image.tag)
    content = _manifest(url)
    try:
        manifests: list[dict[str, Any]] = json.loads(content)["manifests"]
        cpus = {entry["platform"]["architecture"] for entry in manifests if entry["platform"]["os"] == "linux"}
    except (ValueError, KeyError, TypeError) as error:
        raise PortalError(f"{url} is not an index of images for several CPUs") from error
    if missing := PLATFORMS - cpus:
        raise PortalError(f"{url} has no image for linux/{', linux/'.join(sorted(missing))}")
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _manifest(url: str) -> bytes:
    """The index at ``url``, with an anonymous token if the registry asks for one."""
    try:
        return _get(url, {"Accept": INDEXES})
    except urllib.error.HTTPError as error:
        challenge = error.headers.get("WWW-Authenticate", "")
        if error.code != 401 or not challenge.lower().startswith("bearer "):
            raise PortalError(f"{url} cannot be read ({error.reason})") from error
    except OSError as error:
        raise PortalError(f"{url} cannot be read ({getattr(error, 'reason', None) or error})") from error
    try:
        return _get(url, {"Accept": INDEXES, "Authorization": f"Bearer {ask_token(challenge, _get)}"})
    except (OSError, ValueError, KeyError) as error:
        raise PortalError(f"{url} cannot be read with an anonymous token ({error})") from error


def _get(url: str, headers: Mapping[str, str] | None = None) -> bytes:
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - https, or loopback
    try:
        return read_answer(request, seconds=SECONDS, most_bytes=LIMIT)
    except ValueError as error:
        raise PortalError(f"{url} has more than {LIMIT // 2**20} MiB") from error


if __name__ == "__main__":
    try:
        pin_images()
    except PortalError as error:
        sys.exit(str(error))
