"""The node of this machine: when it counts as started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.progress import PlainProgress
from portal.deploy import node_cluster as module
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.publication import Publication


class Start:
    """A start on a machine that is slow. The kubelet reports once, as long after the start as ``reports`` says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, reports: timedelta) -> None:
        self.time, self._reports = datetime(2026, 7, 15, 12, 0, 0, 900_000, tzinfo=UTC), reports
        self.heard = self.time
        replaced: dict[str, Any] = {
            "datetime": self,
            "READY_SECONDS": 0,
            "container_builder": self.nothing,
            "unpacked": self.nothing,
            "node_image_archive": self.nothing,
            "write_publication": self.nothing,
            "load_image": self.takes_long,
            "output": self.takes_long,
            "publication_of_a_start": self.published,
            "_programs": self.nothing,
        }
        for name, value in replaced.items():
            monkeypatch.setattr(module, name, value)
        monkeypatch.setattr(NodeCluster, "_node", self.itself)
        monkeypatch.setattr(NodeCluster, "kubectl", self.itself)

    def now(self, _zone: object) -> datetime:
        return self.time

    def itself(self, *_words: object) -> Start:
        return self

    def nothing(self, *_words: object) -> None:
        pass

    def published(self, *_words: object) -> Publication:
        return Publication(7007, "local")

    def start(self, *_words: object) -> None:
        self.heard = self.time + self._reports

    def takes_long(self, *_words: object) -> None:
        self.time += timedelta(seconds=20)

    def command(self, *words: str) -> list[str]:
        return [*words]

    def read(self, _kind: str) -> dict[str, Any]:
        # Kubernetes writes whole seconds.
        heard = self.heard.strftime("%Y-%m-%dT%H:%M:%SZ")
        condition = {"type": "Ready", "status": "True", "lastHeartbeatTime": heard}
        return {"items": [{"status": {"conditions": [condition]}}]}


def begin(checkout: Checkout) -> None:
    built: dict[str, Path] = {"addons": Path(), "kubernetes": Path(), "containerd": Path()}
    NodeCluster(checkout, 7007)._start(built, PlainProgress())  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("seconds", [0, 2])
def test_a_report_of_this_start_counts_however_long_the_rest_takes(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    """The next one may come five minutes later."""
    Start(monkeypatch, timedelta(seconds=seconds))
    begin(checkout)


def test_a_report_of_before_does_not_count(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    Start(monkeypatch, timedelta(seconds=-3))
    with pytest.raises(PortalError, match="was not ready"):
        begin(checkout)
