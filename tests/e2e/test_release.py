"""What `portal build` makes: the same bytes for the same input, nothing missing, checked as Backstage checks it."""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from portal.appconfig.schema import merged_schema
from portal.appconfig.validate import schema_findings
from portal.base.json_types import is_list, is_mapping
from portal.base.process import output
from portal.base.progress import PlainProgress
from portal.base.yaml_text import yaml_text
from portal.image.app import install_production
from portal.image.lock import CONFIG_CLI
from portal.image.lock import FILES as LOCK_FILES
from portal.image.toolchain import toolchain
from portal.release.images import built_images
from portal.release.release import load_release
from portal.release.sbom import read_sbom
from tests.e2e.conftest import Workplace, without_git_changes
from tests.e2e.registry import index, registry
from tests.support.signed_releases import write_key

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]
LOADER = Path(__file__).parent / "load-packages.mjs"


@pytest.fixture(scope="module")
def built(workplace: Workplace) -> Generator[Workplace]:
    """A checkout that was built. Without the chapters before and after this one, nothing of it is left.

    What those have built is there, so it is not built once more.
    """
    alone = not workplace.checkout.state.exists()
    workplace.build()
    yield workplace
    if alone:
        workplace.portal("down", "--delete-data")


def test_a_second_build_does_nothing(built: Workplace, measure: Measure) -> None:
    ended = built.build()
    measure("build: nothing changed", ended.seconds)
    assert ended.seconds < 3


def test_every_package_that_loaded_before_pruning_loads_after(built: Workplace) -> None:
    build = built.checkout.build
    whole = build / "whole"
    with PlainProgress().phase("Install without pruning") as phase:
        install_production(toolchain(), build / "workspace", whole, phase)
    before, after = _loaded(whole), _loaded(build / "context" / "dependencies")
    for kind in ("require", "import"):
        assert len(before[kind]) > 900
        assert not set(before[kind]) - set(after[kind])


def test_the_sources_of_the_app_have_no_type_errors(built: Workplace) -> None:
    workspace = built.checkout.build / "workspace"
    tools = toolchain()
    ended = subprocess.run(
        [tools.node, "node_modules/typescript/bin/tsc", "--project", "tsconfig.json"],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout == ""


def _set(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            config = config.setdefault(parent, {})
        config[last] = value

    return change


def _without(path: str) -> Callable[[dict[str, Any]], None]:
    def change(config: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        for parent in parents:
            config = config[parent]
        del config[last]

    return change


CHANGES: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "fits": _set("app.title", "Other"),
    "another-type-that-is-declared": _set("backend.lifecycle.serverShutdownDelay", "5s"),
    "text-that-is-a-boolean": _set("backend.cors.credentials", "true"),
    "text-that-is-no-boolean": _set("backend.cors.credentials", "maybe"),
    "an-undeclared-key": _set("app.titel", "Acme"),
    "an-undeclared-section": _set("ourOwn.key", 1),
    "a-value-that-is-not-among-the-allowed": _set("techdocs.builder", "elsewhere"),
    "a-mapping-for-a-list": _set("catalog.locations", {}),
    "a-required-section-missing": _without("grafana"),
    "a-required-key-missing": _without("sentry.organization"),
    "the-address-missing": _without("app.baseUrl"),
}


@pytest.fixture(scope="module")
def verdicts(built: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[list[str], str]]:
    """Of each change: what our checks find, and what ``config:check --strict`` says, which is empty if it accepts it.

    The program needs seconds for each, so there are as many at once as there are cores.
    """
    folder = tmp_path_factory.mktemp("configs")
    schema = merged_schema(_schemas(built))
    workspace = built.checkout.build / "workspace"

    def verdict(name: str) -> tuple[list[str], str]:
        config = _with_texts_for_files(_effective(built))
        CHANGES[name](config)
        file = folder / f"{name}.yaml"
        file.write_text(yaml_text(config))
        theirs = subprocess.run(
            [toolchain().node, CONFIG_CLI, "config:check", "--strict", "--lax", "--config", file],
            cwd=workspace,
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"{theirs.returncode}: {theirs.stdout}{theirs.stderr}" if theirs.returncode else ""
        return [str(one) for one in schema_findings(config, schema)], said

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(CHANGES, pool.map(verdict, CHANGES), strict=True))


@pytest.mark.parametrize("change", CHANGES)
def test_our_verdict_is_that_of_backstage(change: str, verdicts: Mapping[str, tuple[list[str], str]]) -> None:
    """The same app-config through our checks, which need no build, and through Backstage's own."""
    ours, theirs = verdicts[change]
    assert (ours == []) == (theirs == ""), f"{ours}\n{theirs}"


def test_a_pushed_release_names_what_the_registry_has(built: Workplace, tmp_path: Path) -> None:
    """Images go to a real registry, and the bundle that is written can be rendered with the registry's digests."""
    assert not built.checkout.releases.exists(), "an earlier chapter left releases"
    with registry(tmp_path) as address:
        # A machine without a container registry: the base is assembled, and that is said.
        built.build("--push", f"{address}/acme/portal", "--assembled-base")
        (bundle,) = built.checkout.releases.iterdir()
        try:
            release = load_release(built.checkout, bundle.name, "").release
            portal = release.images.portal
            assert (portal.index, portal.digests) == index("acme/portal")
            assert portal.reference.endswith(f"@{portal.index}")
            # A public one stays where it is.
            if release.images.database.origin != "public":
                database = release.images.database
                assert (database.index, database.digests) == index("acme/portal-postgres")
            # Built from what is locked here: every package, and the migrations that the portal's own database ran.
            built_from = release.built_from
            assert built_from is not None
            assert built_from.packages["knex"]
            assert built_from.migrations["@backstage/plugin-catalog-backend"].plugin == "catalog"
            # The registry's layers are compressed: nothing else differs from the checkout.
            said = built.portal("release", "diff", bundle.name).said.splitlines()
            assert said[:3] == [f"--- {bundle.name}", "+++ workspace", "image:"]
            assert {line for line in said if line.endswith(":")} <= {"image:", "database image:"}
            assert release.source == output(["git", "rev-parse", "HEAD"], cwd=built.checkout.root).strip()
            _listed_and_signed(built, bundle.name, built_from.packages, tmp_path)
            refused = built.build("--push", f"{address}/acme/portal:latest", expected=2)
            assert "without a tag" in refused.said
        finally:
            shutil.rmtree(built.checkout.releases)


def _listed_and_signed(built: Workplace, release: str, packages: Mapping[str, tuple[str, ...]], folder: Path) -> None:
    """The SBOM lists what was installed for production, and a signature holds until something changes."""
    sbom = read_sbom(built.checkout, release)
    assert sbom is not None
    components: list[dict[str, Any]] = json.loads(sbom.path.read_text())["components"]
    listed = {one["purl"] for one in components if str(one.get("purl", "")).startswith("pkg:npm/")}
    locked = {f"pkg:npm/{name.replace('@', '%40')}@{one}" for name, versions in packages.items() for one in versions}
    assert listed <= locked
    assert len(listed) > 1500
    modules = built.checkout.build / "context" / "dependencies" / "node_modules"
    for name in ("knex", "express", "@backstage/plugin-catalog-backend"):
        version = json.loads((modules / name / "package.json").read_text())["version"]
        assert f"pkg:npm/{name.replace('@', '%40')}@{version}" in listed
    # Also what is only in the frontend's code, the base's packages, and a license of nearly all.
    assert any(purl.startswith("pkg:npm/react-dom@") for purl in listed)
    assert {"node", "libc6"} <= {str(one["name"]) for one in components}
    assert sum(1 for one in components if "licenses" in one) > len(listed) * 0.98
    key = folder / "key.pem"
    write_key(key)
    built.portal("release", "sign", release, "--key", str(key))
    public = str(key.with_suffix(".pub"))
    built.portal("release", "verify", release, "--public-key", public)
    sbom.path.write_bytes(sbom.path.read_bytes() + b" ")
    built.portal("release", "verify", release, "--public-key", public, expected=2)


@pytest.mark.variation
def test_a_plugin_more_and_the_same_input_the_same_digest(built: Workplace, measure: Measure) -> None:
    """Without a plugin, then with it again: the digest of the first build comes back, and the checkout is clean."""
    built.require(builder="buildah", why="the same digest was only ever promised for buildah")
    checkout = built.checkout
    first = built_images(checkout)
    kept = {path: path.read_bytes() for path in (checkout.portal_file, *_locked(built))}
    settings = checkout.stack_file("local")
    assert "sentry" in settings.read_text()
    try:
        checkout.portal_file.write_text(
            checkout.portal_file.read_text().replace("  - sentry: {organization: acme}\n", "")
        )
        built.build(expected=2)
        built.portal("lock")
        built.build()
        less = built_images(checkout)
    finally:
        for path, content in kept.items():
            path.write_bytes(content)
    ended = built.build()
    measure("build: a plugin more", ended.seconds)
    again = built_images(checkout)
    assert first is not None
    assert less is not None
    assert again is not None
    assert less.portal.digests != first.portal.digests
    assert again.portal.digests == first.portal.digests
    assert again.database.digests == first.database.digests
    assert ended.seconds < 180
    assert without_git_changes(checkout.root)


def _loaded(tree: Path) -> dict[str, list[str]]:
    results = tree / "loaded.json"
    command = [toolchain().node, "--experimental-import-meta-resolve", LOADER, tree, results]
    subprocess.run(command, check=True, capture_output=True)
    loaded = json.loads(results.read_text())
    results.unlink()
    return loaded


def _locked(workplace: Workplace) -> list[Path]:
    return [workplace.checkout.app / name for name in LOCK_FILES]


def _schemas(workplace: Workplace) -> list[dict[str, Any]]:
    return json.loads((workplace.checkout.app / "config-schema.json").read_text())["schemas"]


def _effective(workplace: Workplace) -> dict[str, Any]:
    from portal.plan import load_plan  # noqa: PLC0415 - here only

    return copy.deepcopy(dict(load_plan(workplace.checkout, "local").app_config.data))


def _with_texts_for_files(value: Any) -> Any:
    """The files of secrets exist in a pod only; what they hold is text."""
    if is_mapping(value):
        return "text" if "$file" in value else {key: _with_texts_for_files(item) for key, item in value.items()}
    return [_with_texts_for_files(item) for item in value] if is_list(value) else value
