"""App-config of a stack that stands nowhere but in a test: the local stack's, but for what a test changes."""

from __future__ import annotations

from typing import Any

from portal.appconfig.derive import AppConfig, derive_app_config
from portal.base.checkout import Checkout
from portal.models.stack import StackSettings
from portal.release.release import workspace_release
from portal.stack.plugins import Locations

WAITING = {name: {"connected": False} for name in ("github-actions", "sentry", "grafana")}

_LOCATIONS = Locations(lambda _plugin, _option: "portal.yaml", lambda _path: "stacks/Pulumi.test.yaml")


def derived(checkout: Checkout, **changes: Any) -> AppConfig:
    """What is derived from a checkout's portal and the local stack's settings with changes."""
    settings: dict[str, Any] = {
        "target": "local",
        "url": "http://localhost:7007",
        "signIn": {"provider": "guest"},
        "plugins": WAITING,
        **changes,
    }
    release = workspace_release(checkout).release
    return derive_app_config(release, StackSettings.model_validate(settings), "test", _LOCATIONS)
