"""What runs side by side is told about at once, and loses nothing."""

from __future__ import annotations

import io
import threading

import pytest

import portal.command.verbs.up
from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.progress import PlainProgress, Progress
from portal.command.context import Context
from portal.command.verbs.up import build_and_start
from portal.deploy.cluster import RunningCluster
from portal.deploy.node_cluster import NodeCluster
from portal.deploy.options import UpOptions


class NoNode(NodeCluster):
    """A node that does not start."""

    def start(self, progress: Progress) -> RunningCluster:
        raise PortalError("the API server does not answer\nits log ends here")


def test_a_cluster_that_fails_is_told_while_the_image_is_built(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, told, built = io.StringIO(), threading.Event(), threading.Event()

    class Heard(PlainProgress):
        def note(self, text: str) -> None:
            super().note(text)
            told.set()

    def build(*_: object, **__: object) -> None:
        assert told.wait(10)
        built.set()

    monkeypatch.setattr(portal.command.verbs.up, "build_images", build)
    with pytest.raises(PortalError, match="its log ends here"):
        build_and_start(Context(checkout.root), NoNode(checkout, 7007), UpOptions("local"), Heard(said))
    assert built.is_set()
    assert said.getvalue() == "the API server does not answer (what runs beside it goes on to its end)\n"
