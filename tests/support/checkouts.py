"""Checkouts for tests: the product's files of this repository, and a portal of the tests' own."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.process import output
from portal.plan import load_plan
from portal.release.images import Images
from tests.support.users_files import ROOT, USERS_FILES

# What the product's tests stand on. The portal in the root is its user's: no test reads it.
ACME = ROOT / "tests" / "portals" / "acme"
STACKS = sorted(path.name.split(".")[1] for path in (ACME / "stacks").glob("Pulumi.*.yaml"))
# What a user finds in the root; not locked.
SHIPPED = ROOT / "tests" / "portals" / "shipped"
# Where `make e2e` and `make bench` run a portal; git ignores it.
E2E = ROOT / ".e2e"
# Whoever this machine's Git thinks we are.
AUTHOR = ("-c", "user.name=Acme", "-c", "user.email=tests@acme.example", "-c", "commit.gpgsign=false")


def copy_checkout(target: Path, portal: Path = ACME) -> Checkout:
    """A checkout that was never built: what checks and graphs are made from, and no code."""
    copied = {portal: target, ROOT / "app" / "manifests": target / "app" / "manifests"}
    for folder, copy in copied.items():
        shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copyfile(ROOT / name, target / name)
    # Only read, and as many files as all the rest. A test that changes one copies them.
    (target / "tools").symlink_to(ROOT / "tools")
    return Checkout(target)


def whole_checkout(target: Path, portal: Path = ACME, *, environment: bool = True) -> Checkout:
    """What a clone of this repository would be, with another portal: code, git, and this one's ``.venv`` by a link.

    What is not committed yet is in it too. It is made anew but for ``.portal/``: what runs there can still be stopped.
    Without ``environment``, `make` installs one there.
    """
    target.mkdir(exist_ok=True)
    for old in target.iterdir():
        if old.name != ".portal":
            shutil.rmtree(old) if old.is_dir() and not old.is_symlink() else old.unlink()
    listed = output(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT).split("\0")
    for name in sorted(set(listed)):
        if (ROOT / name).is_file() and not name.startswith(USERS_FILES):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            # With its time: for `make`, the environment must not look older than what it was installed from.
            shutil.copy2(ROOT / name, target / name)
    shutil.copytree(portal, target, dirs_exist_ok=True)
    if environment:
        (target / ".venv").symlink_to(ROOT / ".venv")
    output(["git", "init", "--quiet"], cwd=target)
    commit_all(target)
    return Checkout(target)


def commit_all(folder: Path) -> str:
    """Commit everything in a repository. Returns the commit's id."""
    output(["git", "add", "--all"], cwd=folder)
    output(["git", *AUTHOR, "commit", "--quiet", "--allow-empty", "--message", "A commit"], cwd=folder)
    return output(["git", "rev-parse", "HEAD"], cwd=folder).strip()


def code_checkout(target: Path) -> Checkout:
    """A whole checkout without what only people and tests read: Git copies it in half the time."""
    checkout = whole_checkout(target)
    for name in ("docs", "tests"):
        shutil.rmtree(checkout.root / name)
    return checkout


def give_secrets(checkout: Checkout, stack: str) -> None:
    """Say that somebody stored what a stack needs from people: names only, nothing opens them."""
    committed = checkout.stack_file(stack).read_text()
    plan = load_plan(checkout, stack)
    missing = [need.name for need in plan.missing_secrets]
    lines = [f"    {name}: {{secure: stored}}" for name in missing]
    local = not plan.target.team
    file = checkout.generated_stack_file(stack) if local else checkout.stack_file(stack)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([committed.rstrip(), "  portal:secrets:", *lines, ""]) if lines else committed)


def pretend_built(checkout: Checkout) -> None:
    """Write down what `portal build` writes: images in archives of this checkout, of which none is there."""
    digests = {"linux/amd64": "sha256:" + "1" * 64}
    images = {
        name: {"name": f"localhost/{name}", "digests": digests, "origin": "built", "archive": f"{name}.tar"}
        for name in ("portal", "database", "base")
    }
    file = checkout.images_file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(Images.model_validate({"key": "k", **images}).model_dump(by_alias=True)))


if __name__ == "__main__":
    print(whole_checkout(Path(sys.argv[1]) if sys.argv[1:] else E2E).root)
