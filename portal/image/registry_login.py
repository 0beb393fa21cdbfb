"""Sign a builder in to a registry for one push, where this machine can ask for a password instead of storing one.

At present that is ECR. For any other registry, and without AWS credentials, the builder uses what `docker login` and
similar commands have stored.

The password is in a folder that only this user can read and that is gone after the push. It is on no command line.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from portal.aws.ecr import RegistryPassword, ecr_password, ecr_region
from portal.base.files import write_whole
from portal.image.container_builder import ContainerBuilder
from portal.image.registry_credentials import docker_folder, read_settings

# Where docker's command line looks for its settings, and buildah and podman for credentials.
_DOCKER, _OTHERS = "DOCKER_CONFIG", "REGISTRY_AUTH_FILE"
_DOCKER_FILE = "config.json"


@contextmanager
def registry_login(builder: ContainerBuilder, repository: str) -> Generator[ContainerBuilder]:
    """The builder, signed in to the registry of a repository if a password can be asked for.

    SituationError if there are AWS credentials and they cannot sign in.
    """
    host = repository.partition("/")[0]
    region = ecr_region(host)
    password = ecr_password(region) if region is not None else None
    if password is None:
        yield builder
        return
    with tempfile.TemporaryDirectory() as folder:
        write = _docker_settings if builder.name == "docker" else _credentials
        yield replace(builder, environment=write(Path(folder), host, password))


def _credentials(folder: Path, host: str, password: RegistryPassword) -> Mapping[str, str]:
    """For buildah and podman: https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md."""
    file = folder / "auth.json"
    write_whole(file, json.dumps({"auths": {host: _entry(password)}}), 0o600)
    return {_OTHERS: str(file)}


def _docker_settings(folder: Path, host: str, password: RegistryPassword) -> Mapping[str, str]:
    """For docker: all that the user has set, such as contexts and plugins, with other credentials.

    A store of credentials would be asked in place of those in the file, and nothing is pushed to other registries
    meanwhile: https://docs.docker.com/reference/cli/docker/login/#credential-stores.
    """
    users = docker_folder(os.environ)
    settings: dict[str, Any] = {}
    if users.is_dir():
        for one in users.iterdir():
            if one.name != _DOCKER_FILE:
                (folder / one.name).symlink_to(one.resolve())
        settings = dict(read_settings(users / _DOCKER_FILE))
    for key in ("credsStore", "credHelpers"):
        settings.pop(key, None)
    write_whole(folder / _DOCKER_FILE, json.dumps({**settings, "auths": {host: _entry(password)}}), 0o600)
    return {_DOCKER: str(folder)}


def _entry(password: RegistryPassword) -> Mapping[str, str]:
    return {"auth": base64.b64encode(f"{password.user}:{password.password}".encode()).decode()}
