"""Run the measures, print a table, write bench.json and, with ``--write``, the table of docs/performance.md.

Uses the portal of the end-to-end tests, in `.e2e`, and deletes it first, with its data. Rows that only these tests can
measure are taken from their last run (bench.e2e.json).
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from portal.base.checkout import Checkout
from tests.bench.measures import (
    PORTAL,
    archive_megabytes,
    image_megabytes,
    median_seconds,
    seconds,
    start_and_memory,
)
from tests.support.checkouts import E2E, whole_checkout

FIRST = "up: a first deployment into a running cluster"
REPLICAS = "up: two replicas, empty database"
REFUSED_ROLLOUT = "up: a rollout that cannot succeed"
LOST = "load: requests that failed"
PAGE = Path("docs/performance.md")
MARKS = ("<!-- bench -->\n", "<!-- /bench -->\n")


@dataclass(frozen=True)
class Row:
    """One measure: its name, its unit, the number, and the bar that it must not be above; None is for information."""

    name: str
    unit: str
    value: float | None
    bar: float | None

    @property
    def verdict(self) -> str:
        """What the table says about it."""
        if self.value is None:
            return "not measured: `make e2e` does"
        return "" if self.bar is None else "yes" if self.value <= self.bar else "NO"

    @property
    def shown(self) -> str:
        """The number with its unit."""
        return "" if self.value is None else f"{self.value:.1f} {self.unit}"


def main(words: list[str]) -> None:
    """Measure all; ``--bare`` adds a first `make up` with empty caches, a quarter of an hour."""
    rows = _measured(whole_checkout(E2E), bare="--bare" in words)
    machine = _machine()
    table = _table(rows, machine)
    print(table)
    Path("bench.json").write_text(
        json.dumps({"machine": machine, "rows": [{**asdict(row), "verdict": row.verdict} for row in rows]}, indent=1)
    )
    if "--write" in words:
        text = PAGE.read_text()
        before, after = text.split(MARKS[0])[0], text.split(MARKS[1])[1]
        PAGE.write_text(f"{before}{MARKS[0]}{table}{MARKS[1]}{after}")
    sys.exit(any(row.verdict == "NO" for row in rows))


def _measured(checkout: Checkout, *, bare: bool) -> list[Row]:
    here = partial(seconds, folder=checkout.root)
    median = partial(median_seconds, folder=checkout.root)
    here(PORTAL, "down", "--delete-data")
    # First, as nothing after it is worth measuring where it fails.
    tests = seconds("make", "test")
    known = Path("bench.e2e.json")
    earlier: dict[str, float] = json.loads(known.read_text()) if known.is_file() else {}
    rows = [Row("`make up`, bare machine, caches empty", "s", _bare() if bare else earlier.get("up: bare"), 1500)]
    rows.append(Row("`make up`, tools built, nothing else", "s", here("make", "up"), None))
    rows.append(Row("`make up`, nothing changed", "s", median(5, "make", "up"), 2))
    rows.append(Row("`portal status`", "s", median(5, PORTAL, "status"), 3))
    here("make", "down")
    rows.append(Row("`make up`, tools built, cluster down", "s", here("make", "up"), 90))
    rows.append(Row("image, sum of file sizes in all layers", "MB", image_megabytes(checkout), 360))
    rows.append(Row("image, as a registry stores it", "MB", archive_megabytes(checkout), None))
    start, memory = start_and_memory(checkout)
    rows.append(Row("portal ready after its process starts", "s", start, 10))
    rows.append(Row("portal's resident memory, then", "MB", memory, None))
    # What needs no cluster is measured without one beside it.
    here("make", "down")
    rows.append(Row("`portal render`, whole process", "s", median(5, PORTAL, "render"), 2))
    rows.append(Row("`portal build`, nothing changed", "s", median(5, PORTAL, "build"), 3))
    rows.append(Row("`portal build`, a plugin more", "s", earlier.get("build: a plugin more"), 180))
    rows.append(Row("`make test`", "s", tests, 60))
    start = earlier.get("portal's own start, with a changed title")
    rows.append(Row("`portal up`, first deployment into a running node", "s", earlier.get(FIRST), 30))
    rows.append(
        Row(
            "`portal up`, a changed title is live (bar: the portal's own start then, and 5 s)",
            "s",
            earlier.get("up: a changed title is live"),
            None if start is None else round(start + 5, 1),
        )
    )
    rows.append(Row("`portal up`, two replicas, empty database", "s", earlier.get(REPLICAS), None))
    rows.append(Row("a rollout that cannot succeed, its cause told", "s", earlier.get(REFUSED_ROLLOUT), 120))
    rows.append(Row("requests lost of 10,000 in a rollout and a deleted pod", "", earlier.get(LOST), 0))
    rows.append(Row("both pods killed, answering again", "s", earlier.get("killed pods: answering again"), None))
    return rows


def _bare() -> float:
    """`make up` in a fresh checkout with every cache in an empty folder. Debian packages that are installed stay so."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = whole_checkout(Path(folder) / "checkout", environment=False).root
        empty = {
            "XDG_CACHE_HOME": f"{folder}/cache",
            "GOPATH": f"{folder}/go",
            "GOCACHE": f"{folder}/go-build",
            "GOFLAGS": "-modcacherw",
            "npm_config_cache": f"{folder}/npm",
            "YARN_GLOBAL_FOLDER": f"{folder}/yarn",
        }
        took = seconds("make", "up", environment=empty, folder=checkout)
        seconds(PORTAL, "down", "--delete-data", environment=empty, folder=checkout)
    return took


def _machine() -> dict[str, str]:
    cpu = re.search(r"model name\s+: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cpu": f"{os.cpu_count()} x {cpu[1] if cpu else platform.processor()}",
        "memory": f"{memory:.0f} GiB",
        "system": platform.freedesktop_os_release()["PRETTY_NAME"],
    }


def _table(rows: list[Row], machine: dict[str, str]) -> str:
    lines = [f"{machine['date']}, {machine['cpu']}, {machine['memory']}, {machine['system']}.", ""]
    lines += ["| measure | must | here | met |", "|---|---|---|---|"]
    for row in rows:
        bar = "" if row.bar is None else f"≤ {row.bar} {row.unit}"
        lines.append(f"| {row.name} | {bar} | {row.shown} | {row.verdict} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(sys.argv[1:])
