"""The credentials of `docker login` and its like, as docker, podman and buildah keep them.

Source: https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.base.child_environment import child_environment
from portal.base.errors import PortalError
from portal.base.json_types import is_mapping
from portal.base.process import output

# Docker Hub's own name for itself.
_NAMES = {"docker.io": "https://index.docker.io/v1/"}


def basic_credentials(host: str, environment: Mapping[str, str]) -> str | None:
    """What follows ``Basic`` in a request to a registry. None if nobody has signed in to it, or with a token only.

    ``environment`` names the files, as it does for docker, podman and buildah.
    """
    name = _NAMES.get(host, host)
    for file in _files(environment):
        found = _in_file(file, name)
        if found is not None:
            return found
    return None


def docker_folder(environment: Mapping[str, str]) -> Path:
    """Where docker's command line has its settings."""
    return Path(environment.get("DOCKER_CONFIG") or Path.home() / ".docker")


def read_settings(file: Path) -> Mapping[str, object]:
    """What a file of theirs says; nothing if it is not there or damaged: what is in it is theirs to judge."""
    try:
        kept: object = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return kept if is_mapping(kept) else {}


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    if "REGISTRY_AUTH_FILE" in environment:
        yield Path(environment["REGISTRY_AUTH_FILE"])
    if "XDG_RUNTIME_DIR" in environment:
        yield Path(environment["XDG_RUNTIME_DIR"]) / "containers" / "auth.json"
    yield Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "containers" / "auth.json"
    yield docker_folder(environment) / "config.json"


def _in_file(file: Path, name: str) -> str | None:
    kept = read_settings(file)
    helper = _text(kept.get("credHelpers"), name) or _text(kept, "credsStore")
    entries = kept.get("auths")
    entry = entries.get(name) if is_mapping(entries) else None
    return (_from_helper(helper, name) if helper else None) or _text(entry, "auth")


def _text(holder: object, key: str) -> str | None:
    found = holder.get(key) if is_mapping(holder) else None
    return found if isinstance(found, str) and found else None


def _from_helper(helper: str, name: str) -> str | None:
    """Source: https://github.com/docker/docker-credential-helpers."""
    try:
        # It reads what docker would give it, such as where the cloud's own credentials are.
        said = output([f"docker-credential-{helper}", "get"], environment=child_environment("docker"), stdin=name)
        found: Mapping[str, Any] = json.loads(said)
        user, secret = str(found["Username"]), str(found["Secret"])
    except (PortalError, ValueError, KeyError, TypeError):
        return None
    return base64.b64encode(f"{user}:{secret}".encode()).decode() if user != "<token>" else None
