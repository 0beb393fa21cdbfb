"""Sentry: the issues of one project. Source: https://docs.sentry.io/api/events/list-a-projects-issues/."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.e2e.fakes.server import Reply, Request, Service, reply_json

ISSUE = "PriceIsMissing"


@dataclass
class Sentry(Service):
    """It answers whoever shows ``token``."""

    token: str = "fake-sentry-token-51ab20"

    def answer(self, request: Request) -> Reply | None:
        if request.credential != self.token or request.path != "/api/0/projects/acme/storefront/issues/":
            return None
        now = datetime.now(UTC)
        issue = {
            "id": "1",
            "title": ISSUE,
            "metadata": {"type": ISSUE, "value": "an article without a price"},
            "permalink": f"http://{request.headers['host']}/issues/1/",
            "firstSeen": (now - timedelta(hours=5)).isoformat(),
            "lastSeen": (now - timedelta(minutes=7)).isoformat(),
            "count": "23",
            "userCount": 9,
            "stats": {"24h": [[hour, hour % 5] for hour in range(24)]},
        }
        return reply_json([issue])
