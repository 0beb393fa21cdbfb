"""Small fakes of the services that the portal's plugins talk to: what the plugins really call, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from portal.node.layout import HOST_ADDRESS
from tests.e2e.fakes.github import GitHub
from tests.e2e.fakes.grafana import Grafana
from tests.e2e.fakes.sentry import Sentry
from tests.e2e.fakes.server import serve

# As in tests/portals/acme/stacks/Pulumi.e2e.yaml.
GITHUB_PORT, SENTRY_PORT, GRAFANA_PORT = 80, 17081, 17082


@dataclass(frozen=True)
class Fakes:
    """The three, and what each expects to be shown."""

    github: GitHub = field(default_factory=GitHub)
    sentry: Sentry = field(default_factory=Sentry)
    grafana: Grafana = field(default_factory=Grafana)
    began: float = field(default_factory=time.time)

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets of the stack by name."""
        return {
            "GITHUB_CLIENT_ID": self.github.client_id,
            "GITHUB_CLIENT_SECRET": self.github.client_secret,
            "GITHUB_TOKEN": self.github.token,
            "SENTRY_TOKEN": self.sentry.token,
            "GRAFANA_TOKEN": self.grafana.token,
        }

    @property
    def refused(self) -> list[str]:
        """Requests that came without the right credential, or that nobody expected."""
        return [*self.github.refused, *self.sentry.refused, *self.grafana.refused]


@contextmanager
def serve_fakes() -> Generator[Fakes]:
    """Serve them where the node's pods and the machine's browser reach them: the machine's end of the node's link."""
    fakes = Fakes()
    with ExitStack() as stack:
        for port, service in (
            (GITHUB_PORT, fakes.github),
            (SENTRY_PORT, fakes.sentry),
            (GRAFANA_PORT, fakes.grafana),
        ):
            stack.enter_context(serve(HOST_ADDRESS, port, service))
        yield fakes
