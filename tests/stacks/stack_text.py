"""The local stack's file with more settings in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portal.base.checkout import Checkout


def with_settings(checkout: Checkout, settings: Mapping[str, Any]) -> None:
    """Add keys below ``portal:``. ``secrets`` is a list of names, which get encrypted values of no meaning."""
    lines = checkout.stack_file("local").read_text().rstrip().splitlines()
    for key, value in settings.items():
        given = {name: {"secure": "v1:x:y"} for name in value} if key == "secrets" else value
        lines.append(f"  portal:{key}: {json.dumps(given)}")
    checkout.stack_file("local").write_text("\n".join(lines) + "\n")
