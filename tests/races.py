"""Commands at once, commands that are killed, and full disks, for real: ``make races``. Prints a table.

Each command has a process of its own. Long work is a stand-in: programs called podman, kubectl and Yarn that wait until
they may go on. Needs root, for a disk that is full.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.base.lock import holder_of
from portal.deploy.stack_record import StackRecord, write_stack_record
from portal.image.toolchain import YARN_VERSION
from portal.stackfile.generated import opened_configuration, store_secret
from portal.stackfile.read import read_stack_file
from tests.support.checkouts import ROOT, copy_checkout

PORTAL = Path(sys.executable).with_name("portal")
SECONDS = 120
KILLS = 30
SEED = 10
# Of memory, in bytes, and what a file takes at least on a disk in memory.
PAGE = 4096
COMMANDS = {
    "up": ["up", "--engine", "kubectl", "--context", "nowhere"],
    "down": ["down"],
    "secrets set": ["secrets", "set", "SENTRY_TOKEN"],
    "build": ["build", "--builder", "podman"],
    "lock": ["lock"],
    "check": ["check"],
}
LONG = {"up", "down", "build", "lock"}
STAND_IN = '#!/bin/sh\n: > "$XDG_CACHE_HOME/began"\nwhile [ ! -e "$XDG_CACHE_HOME/go" ]; do sleep 0.05; done\nexit 1\n'
YARN = """\
const fs = require("fs"), here = process.env.XDG_CACHE_HOME;
fs.writeFileSync(here + "/began", "");
while (!fs.existsSync(here + "/go")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
process.exit(1);
"""


def prepared(folder: Path) -> Checkout:
    """A checkout with everything that a build reads, and a local stack that may stand in anybody's cluster."""
    checkout = copy_checkout(folder / "checkout")
    locked = {path.name for path in checkout.app.iterdir()}
    shutil.copytree(
        ROOT / "app", checkout.app, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", *locked)
    )
    file = checkout.stack_file("local")
    file.write_text(file.read_text().replace("provider: guest", "provider: github"))
    for name, value in {"GITHUB_CLIENT_ID": "id", "GITHUB_CLIENT_SECRET": "word", "GRAFANA_TOKEN": "kept"}.items():
        store_secret(checkout, read_stack_file(checkout, "local"), name, value)
    write_stack_record(checkout, "local", StackRecord("kubectl", "context", "nowhere"))
    return checkout


def stand_ins(folder: Path, *, go: bool) -> dict[str, str]:
    """An environment in which long work waits for the file ``go``, and says that it began."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name in ("docker", "podman", "buildah", "kubectl", "pulumi"):
        (programs / name).write_text(STAND_IN)
        (programs / name).chmod(0o755)
    yarn = folder / "portal" / f"yarn-{YARN_VERSION}" / "yarn.js"
    yarn.parent.mkdir(parents=True)
    yarn.write_text(YARN)
    if go:
        (folder / "go").touch()
    paths = (programs, PORTAL.parent, "/usr/bin", "/bin")
    return {**os.environ, "PATH": os.pathsep.join(map(str, paths)), "XDG_CACHE_HOME": str(folder)}


def begin(name: str, checkout: Checkout, environment: dict[str, str]) -> subprocess.Popen[str]:
    """A command, with a value for one that asks for it."""
    process = subprocess.Popen(
        [PORTAL, *COMMANDS[name]],
        cwd=checkout.root,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    process.stdin.write("a value\r\n")
    process.stdin.close()
    process.stdin = None
    return process


def pair(first: str, second: str, folder: Path) -> str:
    """Run both at once, the second while the first is at its long work. What went wrong; nothing if nothing did."""
    checkout = prepared(folder)
    waiting = begin(first, checkout, stand_ins(folder / "first", go=first not in LONG))
    deadline = time.monotonic() + SECONDS
    while first in LONG and not (folder / "first" / "began").exists():
        if waiting.poll() is not None or time.monotonic() > deadline:
            return f"{first} did not get to its work: {waiting.communicate()[1]}"
        time.sleep(0.02)
    beside = begin(second, checkout, stand_ins(folder / "second", go=True))
    out, said = beside.communicate(timeout=SECONDS)
    (folder / "first" / "go").touch()
    first_out, first_said = waiting.communicate(timeout=SECONDS)
    if "Traceback" in said + first_said or not {beside.returncode, waiting.returncode} <= {0, 1, 2}:
        return f"{first_said}{said}"
    if first in LONG and second != "check":
        named = f"another `portal {first}` runs here (process {waiting.pid}, since "
        return "" if said.startswith(named) and beside.returncode == 1 and not out else f"not named: {said}"
    if second == "check" and beside.returncode != 0:
        return f"check: {said}"
    stored = secrets_of(checkout)
    claims = {first: first_out, second: out}
    if stored.get("GRAFANA_TOKEN") != "kept" or ("Stored" in claims.get("secrets set", "")) != (
        "SENTRY_TOKEN" in stored
    ):
        return f"stored: {sorted(stored)}, said: {claims}"
    return "" if holder_of(checkout.lock_file) is None else "the lock is still held"


def killed(folder: Path) -> Iterator[str]:
    """SIGKILL at random moments of `secrets set`, also of the first one. What was lost, or claimed in vain."""
    moments, known = random.Random(SEED), dict[str, str]()
    checkout = copy_checkout(folder / "checkout")
    environment = stand_ins(folder / "cache", go=True)
    for turn in range(KILLS):
        if turn % 5 == 0:
            shutil.rmtree(checkout.state, ignore_errors=True)
            known = {}
        out, said = killed_at(begin("secrets set", checkout, environment), moments.uniform(0.2, 3.0))
        if "Traceback" in said:
            yield said
        try:
            stored = secrets_of(checkout)
        except InputError as error:
            stored = {}
            if known or out or checkout.generated_stack_file("local").exists():
                yield f"lost: {error}"
        if not known.items() <= stored.items() or ("Stored" in out and "SENTRY_TOKEN" not in stored):
            yield f"lost: {sorted(known.keys() - stored.keys())}, said: {out}"
        known = stored


def killed_at_work(name: str, folder: Path) -> Iterator[str]:
    """SIGKILL at random moments of a command that deploys. What does not work afterwards."""
    moments = random.Random(SEED)
    checkout = prepared(folder)
    environment = stand_ins(folder / "cache", go=True)
    for _ in range(KILLS):
        write_stack_record(checkout, "local", StackRecord("kubectl", "context", "nowhere"))
        _, said = killed_at(begin(name, checkout, environment), moments.uniform(0.2, 3.0))
        if "Traceback" in said:
            yield said
        if holder_of(checkout.lock_file) is not None:
            yield "the lock is still held"
        if secrets_of(checkout).get("GRAFANA_TOKEN") != "kept":
            yield "a secret is lost"
        # Whatever is left of it, the next command takes it from there.
        again = begin(name, checkout, environment).communicate(timeout=SECONDS)[1]
        if "damaged" in again or "Traceback" in again:
            yield f"afterwards: {again}"


def killed_at(process: subprocess.Popen[str], seconds: float) -> tuple[str, str]:
    """Kill a process after some time, if it still runs. What it printed."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    return process.communicate()


def full_disk(name: str, folder: Path) -> Iterator[str]:
    """A command with room for ever more pages below ``.portal/``. What was lost, or claimed in vain. Needs root."""
    checkout = copy_checkout(folder / "checkout")
    environment = stand_ins(folder / "cache", go=True)
    checkout.state.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={64 * PAGE}", "none", checkout.state], check=True)
    try:
        store_secret(checkout, read_stack_file(checkout, "local"), "GRAFANA_TOKEN", "kept")
        write_stack_record(checkout, "local", StackRecord("kubectl", "context", "nowhere"))
        for pages in range(12):
            ballast = checkout.state / "ballast"
            ballast.unlink(missing_ok=True)
            ballast.write_bytes(bytes(max(shutil.disk_usage(checkout.state).free - pages * PAGE, 0)))
            process = begin(name, checkout, environment)
            out, said = process.communicate(timeout=SECONDS)
            if "Traceback" in said or process.returncode not in {0, 1, 2}:
                yield said
            stored = secrets_of(checkout)
            if stored.get("GRAFANA_TOKEN") != "kept" or ("Stored" in out and "SENTRY_TOKEN" not in stored):
                yield f"{pages} pages, stored: {sorted(stored)}, said: {out}{said}"
            if process.returncode == 0 and name == "secrets set" and "Stored" not in out:
                yield f"{pages} pages: says nothing, and ends well"
    finally:
        subprocess.run(["umount", checkout.state], check=True)


def secrets_of(checkout: Checkout) -> dict[str, str]:
    """The local stack's secrets, opened."""
    return json.loads(opened_configuration(checkout, "local")[0]["portal:secrets"])


def shown(what: str, found: Iterable[str]) -> int:
    """Print one line, and every fault below it. The number of faults."""
    faults = list(found)
    print(f"{what:36} {f'{len(faults)} wrong' if faults else 'right'}", *faults, sep="\n  ", flush=True)
    return len(faults)


def main() -> int:
    """Run everything. The exit code is 1 if something went wrong."""
    wrong = 0
    for first, second in product(COMMANDS, repeat=2):
        with tempfile.TemporaryDirectory() as folder:
            found = pair(first, second, Path(folder))
            wrong += shown(f"{first}, and {second} beside it", [found] if found else [])
    with tempfile.TemporaryDirectory() as folder:
        wrong += shown(f"secrets set, killed {KILLS} times", killed(Path(folder)))
    for name in ("up", "down"):
        with tempfile.TemporaryDirectory() as folder:
            wrong += shown(f"{name}, killed {KILLS} times", killed_at_work(name, Path(folder)))
    for name in ("secrets set", "up", "down"):
        with tempfile.TemporaryDirectory() as folder:
            wrong += shown(f"{name}, with a full disk", full_disk(name, Path(folder)))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
