"""What a registry has under a tag.

A registry may refuse to move a tag, and then it refuses a second push of the same image, too
(https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html). So it is asked first.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode, urlsplit

from portal.base.address import is_loopback
from portal.base.errors import PortalError, SituationError
from portal.base.json_types import is_list, is_mapping
from portal.base.web_answer import read_answer
from portal.image.registry_credentials import basic_credentials

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_LIMIT = 4 * 2**20
_SECONDS = 30.0
# Registries whose host differs from their name in a reference (https://github.com/distribution/reference).
_ELSEWHERE = {"docker.io": "registry-1.docker.io"}
_FIELD = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class Manifest:
    """A manifest or an index, with its digest."""

    digest: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class PushedBefore:
    """What a registry already has of an image: the digest of its index, and its own. None for what it has not."""

    index: str | None = None
    image: str | None = None


def pushed_before(
    target: str, image_tag: str, platform: str, image_id: str, environment: Mapping[str, str]
) -> PushedBefore:
    """What is under the tags of an index and of its image for one platform.

    ``image_id`` is the local image's: the digest of its configuration, which a push does not change, or of its
    manifest. ``environment`` is what the builder sees besides this process's own: it may sign it in. SituationError if
    another image has the tags.
    """
    repository = target.rpartition(":")[0]
    image, index = manifest_of(image_tag, environment), manifest_of(target, environment)
    if image is not None:
        _require_same(image, image_id, image_tag)
    if index is None:
        return PushedBefore(image=image.digest if image is not None else None)
    listed = _listed(index, platform)
    if image is None and listed is not None:
        image = manifest_of(f"{repository}@{listed}", environment)
        if image is not None:
            _require_same(image, image_id, target)
    if image is None or image.digest != listed:
        raise _taken(target)
    return PushedBefore(index.digest, image.digest)


def _listed(index: Manifest, platform: str) -> str | None:
    entries = index.content.get("manifests")
    for entry in entries if is_list(entries) else ():
        of = entry.get("platform") if is_mapping(entry) else None
        if is_mapping(entry) and is_mapping(of) and f"{of.get('os')}/{of.get('architecture')}" == platform:
            return str(entry.get("digest"))
    return None


def _require_same(image: Manifest, image_id: str, tag: str) -> None:
    config = image.content.get("config")
    known = {image.digest, str(config.get("digest")) if is_mapping(config) else ""}
    if not known & {image_id, f"sha256:{image_id}"}:
        raise _taken(tag)


def _taken(tag: str) -> SituationError:
    return SituationError(
        f"{tag} is another image than the one that was built here, and a tag of a release never moves",
        "use the release that was made of it, or build with the same builder and version; if no stack uses that image,"
        " delete its tags in the registry",
    )


def manifest_of(reference: str, environment: Mapping[str, str]) -> Manifest | None:
    """What is under a tag or a digest. None if there is nothing, or if the registry does not tell: a push says why."""
    name, mark, digest = reference.partition("@")
    if not mark:
        name, _, digest = reference.rpartition(":")
    try:
        content = _answer(manifest_url(name, digest), name.partition("/")[0], environment)
        found: object = json.loads(content) if content is not None else None
    except (OSError, ValueError, KeyError, RecursionError, PortalError):
        return None
    if content is None or not is_mapping(found):
        return None
    return Manifest(f"sha256:{hashlib.sha256(content).hexdigest()}", found)


def _answer(url: str, host: str, environment: Mapping[str, str]) -> bytes | None:
    """The manifest at ``url``; None if there is none. Signs in if the registry asks for it."""
    try:
        return _get(url, None)
    except urllib.error.HTTPError as error:
        challenge = str(error.headers.get("WWW-Authenticate", ""))
        if error.code != 401:
            return None
    basic = basic_credentials(host, {**os.environ, **environment})
    signed = f"Basic {basic}" if basic is not None else None
    if challenge.lower().startswith("bearer "):
        return _get(url, f"Bearer {ask_token(challenge, partial(_get, authorization=signed))}")
    return _get(url, signed) if signed is not None else None


def manifest_url(image: str, reference: str) -> str:
    """Where a registry has the manifest of an image (host and repository) by its tag or digest."""
    host, _, repository = image.partition("/")
    scheme = "http" if is_loopback(f"http://{host}") else "https"
    return f"{scheme}://{_ELSEWHERE.get(host, host)}/v2/{repository}/manifests/{reference}"


def ask_token(challenge: str, get: Callable[[str], bytes]) -> str:
    """A token from the service that a registry names (https://distribution.github.io/distribution/spec/auth/token).

    ``get`` asks it. PortalError if that service is not at https, and ValueError or KeyError if it gives no token.
    """
    fields: dict[str, str] = dict(_FIELD.findall(challenge))
    realm = fields.pop("realm")
    if urlsplit(realm).scheme != "https" and not is_loopback(realm):
        raise PortalError(f"the registry's token service is at {realm}, which is not https")
    query = urlencode({name: fields[name] for name in ("service", "scope") if name in fields})
    found: object = json.loads(get(f"{realm}?{query}"))
    if not is_mapping(found):
        raise ValueError(realm)
    return str(found.get("token") or found["access_token"])


def _get(url: str, authorization: str | None) -> bytes:
    request = urllib.request.Request(url, headers={"Accept": ", ".join(_MANIFESTS)})  # noqa: S310 - https, or loopback
    if authorization is not None:
        # Not where the answer leads to.
        request.add_unredirected_header("Authorization", authorization)
    return read_answer(request, seconds=_SECONDS, most_bytes=_LIMIT)
