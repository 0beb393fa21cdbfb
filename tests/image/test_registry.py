"""A registry whose tags never move: a second push of the same image is a success, and of another one a sentence."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from portal.base.errors import SituationError
from portal.image.container_builder import ContainerBuilder
from portal.image.registry import manifest_of, pushed_before
from portal.image.registry_credentials import basic_credentials
from tests.support.registry import BASIC, PASSWORD, USER, Registry, digest_of, registry, sign_in

PLATFORM = "linux/amd64"
OWN, OTHER = digest_of(b"the configuration of ours"), digest_of(b"of another image")


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Registry]:
    """A registry, to which somebody has signed in."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    with registry() as found:
        sign_in(tmp_path / "docker" / "config.json", found.address)
        yield found


def image_of(config: str) -> bytes:
    return json.dumps({"schemaVersion": 2, "config": {"digest": config}}).encode()


def index_of(image: str, platform: str = PLATFORM) -> bytes:
    of_system, cpu = platform.split("/")
    entry = {"digest": image, "platform": {"os": of_system, "architecture": cpu}}
    return json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()


def ask(there: Registry, image_id: str = OWN) -> tuple[str | None, str | None]:
    target = f"{there.address}/acme/portal:one"
    found = pushed_before(target, f"{target}-amd64", PLATFORM, image_id, {})
    return found.index, found.image


@pytest.mark.parametrize("bearer", [False, True])
@pytest.mark.parametrize("image_id", [OWN, OWN.removeprefix("sha256:"), digest_of(image_of(OWN))])
def test_what_is_there_is_found_with_the_credentials_of_docker_login(
    there: Registry, bearer: bool, image_id: str
) -> None:
    there.bearer = bearer
    image = there.put("one-amd64", image_of(OWN))
    assert ask(there, image_id) == (None, image)
    index = there.put("one", index_of(image))
    assert ask(there, image_id) == (index, image)


def test_a_tag_that_is_only_on_the_index_is_found_too(there: Registry) -> None:
    image = there.put("another", image_of(OWN))
    index = there.put("one", index_of(image))
    assert ask(there) == (index, image)


def test_nothing_is_there_before_the_first_push(there: Registry) -> None:
    assert ask(there) == (None, None)


@pytest.mark.parametrize("of_index", [False, True])
def test_another_image_is_a_sentence(there: Registry, of_index: bool) -> None:
    image = there.put("another" if of_index else "one-amd64", image_of(OTHER))
    if of_index:
        there.put("one", index_of(image))
    with pytest.raises(SituationError, match="is another image than the one that was built here"):
        ask(there)


def test_an_index_of_another_platform_is_another_image(there: Registry) -> None:
    there.put("one", index_of(there.put("another", image_of(OWN)), "linux/arm64"))
    with pytest.raises(SituationError, match="acme/portal:one is another image"):
        ask(there)


def test_a_registry_that_does_not_tell_is_pushed_to(there: Registry, tmp_path: Path) -> None:
    """The push says why it fails, in the builder's words."""
    there.put("one", b"no JSON")
    assert manifest_of(f"{there.address}/acme/portal:one", {}) is None
    there.put("one", image_of(OTHER))
    (tmp_path / "docker" / "config.json").unlink()
    assert manifest_of(f"{there.address}/acme/portal:one", {}) is None
    assert manifest_of("127.0.0.1:1/acme/portal:one", {}) is None


def test_credentials_for_one_push_are_used_as_well(there: Registry, tmp_path: Path) -> None:
    """The registry is asked with what the builder was signed in with."""
    (tmp_path / "docker" / "config.json").unlink()
    file = tmp_path / "one-push" / "auth.json"
    sign_in(file, there.address)
    image = there.put("one", image_of(OWN))
    found = manifest_of(f"{there.address}/acme/portal:one", {"REGISTRY_AUTH_FILE": str(file)})
    assert found is not None
    assert found.digest == image


@pytest.mark.parametrize("kept", ["credHelpers", "credsStore"])
def test_a_credential_helper_is_asked(
    there: Registry, tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"Username": USER, "Secret": PASSWORD}
    program = tmp_path / "bin" / "docker-credential-acme"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n[ \"$1 $(cat)\" = 'get {there.address}' ] && echo '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    settings = {"credHelpers": {there.address: "acme"}, "credsStore": "acme"}
    (tmp_path / "docker" / "config.json").write_text(json.dumps({kept: settings[kept]}))
    assert basic_credentials(there.address, os.environ) == BASIC


@pytest.fixture
def engine(tmp_path: Path) -> ContainerBuilder:
    program = shutil.which("buildah")
    if program is None:
        pytest.skip("buildah is not on the PATH")
    return ContainerBuilder("buildah", Path(program), tmp_path / "store")


def build(engine: ContainerBuilder, folder: Path, content: str) -> None:
    """An image of one file."""
    (folder / "file").write_text(content)
    (folder / "Containerfile").write_text("FROM scratch\nCOPY file /file\n")
    engine.build(folder / "Containerfile", folder, "localhost/portal:test", {}, folder / "log")


@pytest.mark.parametrize("bearer", [False, True])
def test_a_second_push_is_a_success_and_a_broken_off_one_is_finished(
    there: Registry, engine: ContainerBuilder, tmp_path: Path, bearer: bool
) -> None:
    there.bearer = bearer
    target = f"{there.address}/acme/portal:one"
    build(engine, tmp_path, "ours")
    first = engine.push("localhost/portal:test", target, PLATFORM)
    assert there.puts == ["one-amd64", "one"]
    assert engine.push("localhost/portal:test", target, PLATFORM) == first
    assert there.puts == ["one-amd64", "one"]
    del there.manifests["one"]
    assert engine.push("localhost/portal:test", target, PLATFORM) == first
    assert there.puts == ["one-amd64", "one", "one"]
    build(engine, tmp_path, "another")
    with pytest.raises(SituationError, match="acme/portal:one-amd64 is another image"):
        engine.push("localhost/portal:test", target, PLATFORM)
