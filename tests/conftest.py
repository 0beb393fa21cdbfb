"""A checkout of its own for every test that changes one, and the flag that writes golden files anew."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.command.context import Context

ROOT = Path(__file__).parent.parent
# What the product's tests stand on. The portal in the root is its user's: no test reads it.
ACME = Path(__file__).parent / "portals" / "acme"
STACKS = sorted(path.name.split(".")[1] for path in (ACME / "stacks").glob("Pulumi.*.yaml"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing them")
    end_to_end = parser.getgroup("end to end", "passed on to `portal up` and `portal build`")
    end_to_end.addoption("--engine", choices=("pulumi", "kubectl"), help="default: what `portal up` chooses")
    end_to_end.addoption("--cluster", choices=("node", "kind"), help="default: what `portal up` chooses")
    end_to_end.addoption("--builder", choices=("docker", "podman", "buildah"), help="default: the first that works")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def repository() -> Checkout:
    """This checkout: to read what is the product's, not to change."""
    return Checkout(ROOT)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout that was never built, with everything that checks and graphs are made from."""
    return copy_checkout(tmp_path / "checkout")


def give_secrets(checkout: Checkout, stack: str) -> None:
    """Say that somebody stored what a stack needs from people: names only, nothing opens them."""
    committed = checkout.stack_file(stack).read_text()
    plan = Context(checkout.root).plan(stack)
    missing = [need.name for need in plan.needs.values() if not need.generated]
    lines = [f"    {name}: {{secure: stored}}" for name in missing]
    local = plan.settings.target == "local"
    file = checkout.generated_stack_file(stack) if local else checkout.stack_file(stack)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([committed.rstrip(), "  portal:secrets:", *lines, ""]) if lines else committed)


def copy_checkout(target: Path, portal: Path = ACME) -> Checkout:
    """The product's files of this repository, and a portal of the tests' own."""
    shutil.copytree(portal, target)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copyfile(ROOT / name, target / name)
    shutil.copytree(ROOT / "tools", target / "tools")
    shutil.copytree(ROOT / "app" / "manifests", target / "app" / "manifests")
    return Checkout(target)
