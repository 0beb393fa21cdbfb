"""Imports go one way, and who adds a target, a database engine, a sign-in provider or a source touches nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from portal.models.database import ENGINES
from portal.plugins.load import load_sign_in, load_sources
from portal.targets import targets
from tests.support.imports import imports, package, package_arrows, reachable, sources
from tests.support.syntax import nodes_in
from tests.support.users_files import ROOT

# Each may import what stands before it (../docs/explanation/architecture.md).
PORTAL = (
    *("base", "contract", "aws", "models", "targets", "plugins", "release", "stack", "stackfile", "foundation"),
    *("appconfig", "plan", "checks", "graph", "kubernetes", "preflight", "image", "node", "probe", "deploy", "command"),
)
# Of the whole product: these see what stands in front of them, and are seen by nothing before them.
LAYERS_ABOVE: Mapping[str, tuple[str, ...]] = {
    "portal": (),
    "policies": ("portal",),
    "components": ("portal",),
    "stacks": ("portal", "components"),
    "__main__": ("portal", "components", "stacks"),
}
MOST_PACKAGES = 31
# The recorder, and the policy pack, which no other module imports: an engine runs it.
KNOW_PULUMI = {"portal.graph.recorder", "policies.pack.analyzer"}
# Where a name may be compared: in the module that has it.
OWN = re.compile(r"portal\.targets\.\w+|portal\.models\.database\.\w+")
APP_SOURCES = sorted((ROOT / "app" / "packages").rglob("*.ts*"))


@pytest.mark.parametrize("name", package_arrows())
def test_a_package_imports_what_stands_before_it(name: str) -> None:
    layer, _, below = name.partition(".")
    for other in package_arrows()[name]:
        of, _, part = other.partition(".")
        if layer == of == "portal":
            assert PORTAL.index(part) < PORTAL.index(below), f"{name} imports {other}"
        elif layer != of:
            assert of in LAYERS_ABOVE[layer], f"{name} imports {other}"


def test_there_is_no_circle() -> None:
    """Neither of packages nor of modules, a type checker's imports included."""
    own = {module: frozenset(names & sources().keys()) for module, names in imports().items()}
    for arrows in (package_arrows(), own):
        assert [name for name in arrows if name in reachable(arrows, name)] == []


def test_packages_are_few_enough_to_know_them_all() -> None:
    """A single module beside the packages of ``portal`` counts as part of ``portal`` itself."""
    packages = {name if _is_folder(name) else name.partition(".")[0] for name in map(package, sources())} - {"__main__"}
    assert len(packages) <= MOST_PACKAGES, sorted(packages)


def _is_folder(name: str) -> bool:
    return name in sources() and sources()[name].name == "__init__.py"


def test_only_the_recorder_and_the_policy_pack_know_pulumi() -> None:
    ours = [name for name in sources() if name.split(".")[0] in {"portal", "policies"} and name not in KNOW_PULUMI]
    assert len(ours) > 100
    assert [module for module in ours if any(name.startswith("pulumi") for name in imports()[module])] == []
    of_the_pack = [module for module in ours if any(name.startswith("policies.pack") for name in imports()[module])]
    assert [module for module in of_the_pack if not module.startswith("policies.pack.")] == []


def test_components_read_no_files_and_no_configuration() -> None:
    outside = {"pathlib", "os", "subprocess", "socket", "time", "datetime", "random", "requests"}
    components = [name for name in sources() if name.startswith("components.")]
    assert len(components) > 10
    assert [m for m in components if {name.partition(".")[0] for name in imports()[m]} & outside] == []
    assert [m for m in components if "pulumi.Config" in sources()[m].read_text()] == []


@cache
def names() -> frozenset[str]:
    """Of all targets, database engines, sign-in providers and kinds of source."""
    return frozenset([*targets(), *ENGINES, *load_sign_in(), *load_sources()])


@cache
def settings_classes() -> frozenset[str]:
    """The classes of the settings of each database engine."""
    return frozenset(engine.__name__ for engine in ENGINES.values())


def compared(nodes: Iterable[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and name, where one is compared: a text with ``==``, ``in`` or ``case``, a class with ``isinstance``."""
    for node in nodes:
        match node:
            case ast.Compare(left=left, comparators=comparators):
                sides = [left, *comparators]
            case ast.MatchValue(value=value):
                sides = [value]
            case ast.MatchClass(cls=ast.Name() | ast.Attribute() as tested):
                sides = [tested]
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, tested]):
                sides = [tested]
            case ast.Call(func=ast.Attribute(attr="startswith" | "endswith"), args=sides):
                pass
            case _:
                continue
        for inner in (inner for side in sides for inner in ast.walk(side)):
            match inner:
                case ast.Constant(value=str(word)) if word in names():
                    yield inner.lineno, word
                case ast.Name(id=word) | ast.Attribute(attr=word) if word in settings_classes():
                    yield inner.lineno, word
                case _:
                    pass


def test_no_name_of_a_variant_is_compared_outside_its_own_module() -> None:
    """Ask the object what it implies: ``target.team``, not ``target == "local"``."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for name, path in sources().items()
        if not OWN.fullmatch(name)
        for line, word in compared(nodes_in(path))
    ]
    assert found == []


@pytest.mark.parametrize("path", APP_SOURCES, ids=lambda path: path.name)
def test_no_name_of_a_variant_is_compared_in_the_app(path: Path) -> None:
    word = "|".join(re.escape(name) for name in sorted(names()))
    quoted = rf"['\"`](?:{word})['\"`]"
    comparison = rf"[!=]==?\s*{quoted}|{quoted}\s*[!=]==?|case\s+{quoted}|(?:includes|indexOf|has)\({quoted}"
    assert re.findall(comparison, path.read_text()) == []


@pytest.mark.parametrize(
    "line",
    [
        'if target == "local": ...',
        'if "kubernetes" != plan.target.name: ...',
        'if provider in ("github", "oidc"): ...',
        'match engine:\n  case "in-cluster" | "other": ...',
        "if isinstance(database, (Other, ExternalDatabaseSettings)): ...",
        "match database:\n  case external.ExternalDatabaseSettings(): ...",
        'if name.startswith("gitlab"): ...',
    ],
)
def test_a_comparison_is_seen(line: str) -> None:
    assert [*compared(ast.walk(ast.parse(line)))]
