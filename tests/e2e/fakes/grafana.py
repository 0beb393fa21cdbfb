"""Grafana: a dashboard, and an alert. Source: https://grafana.com/docs/grafana/latest/developers/http_api/."""

from __future__ import annotations

from dataclasses import dataclass

from tests.e2e.fakes.server import Reply, Request, Service, reply_json

DASHBOARD = "Storefront traffic"
ALERT = "Checkout is slow"
TAG = "storefront"


@dataclass
class Grafana(Service):
    """It answers whoever shows ``token``."""

    token: str = "fake-grafana-token-77e01f"

    def answer(self, request: Request) -> Reply | None:
        if request.credential != self.token:
            return None
        labels = {"service": "storefront"}
        dashboard = {
            "id": 1,
            "uid": "shop",
            "title": DASHBOARD,
            "url": "/d/shop/storefront-traffic",
            "folderTitle": "Shop",
            "folderUrl": "/dashboards/f/shop",
            "tags": [TAG],
        }
        rule = {"labels": labels, "grafana_alert": {"uid": "a1", "title": ALERT}}
        answers: dict[str, object] = {
            "/api/search": [dashboard] if request.query.get("tag") == TAG else [],
            "/api/ruler/grafana/api/v1/rules": {"Shop": [{"name": "shop", "rules": [rule]}]},
            "/api/prometheus/grafana/api/v1/alerts": {
                "data": {"alerts": [{"labels": {**labels, "alertname": ALERT}, "state": "Normal"}]}
            },
        }
        return reply_json(answers[request.path]) if request.path in answers else None
