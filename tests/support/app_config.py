"""Plans of a stack that stands nowhere but in a test: the local stack's, but for what a test changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.appconfig.derive import AppConfig
from portal.base.checkout import Checkout
from portal.models.stack import StackSettings
from portal.plan import Plan, make_plan_of
from portal.release.release import workspace_release

NOT_CONNECTED = {name: {"connected": False} for name in ("github-actions", "sentry", "grafana")}


def planned(checkout: Checkout, changes: Mapping[str, Any]) -> Plan:
    """The plan of a checkout's portal and the local stack's settings with changes."""
    settings: dict[str, Any] = {
        "target": "local",
        "url": "http://localhost:7007",
        "signIn": {"provider": "guest"},
        "plugins": NOT_CONNECTED,
        **changes,
    }
    given = StackSettings.model_validate(settings)
    return make_plan_of(workspace_release(checkout), "test", given, lambda _: "stacks/Pulumi.test.yaml")


def derived(checkout: Checkout, **changes: Any) -> AppConfig:
    """The app-config of such a plan."""
    return planned(checkout, changes).app_config
