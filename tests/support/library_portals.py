"""A portal that has one more plugin of the library, as the examples of its record configure it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from portal.base.checkout import Checkout
from portal.plan import Plan
from portal.plugins.load import load_sources
from portal.plugins.record import Option, PluginRecord
from tests.support.app_config import NOT_CONNECTED, planned

SOURCES = "  - github: {organization: acme}\n"


def examples(options: Mapping[str, Option]) -> dict[str, Any]:
    """Every option with its example, as YAML would have it."""
    return {name: _value(option) for name, option in options.items()}


def _value(option: Option) -> object:
    match option.type:
        case "boolean":
            return option.example == "true"
        case "integer":
            return int(option.example)
        case "names":
            return option.example.strip("[]").split(", ")
        case _:
            return option.example


def write_portal(checkout: Checkout, record: PluginRecord, *, sources: bool = True) -> None:
    """Add a plugin to portal.yaml, with the sources that it needs."""
    lines = SOURCES
    for name, need in record.sources.items() if sources else ():
        given = examples({option: load_sources()[name].options[option] for option in need.options})
        if name != "github":
            lines += f"  - {json.dumps({name: given})}\n"
    text = checkout.portal_file.read_text().replace(SOURCES, lines)
    named = f"  - {json.dumps({record.id: examples(record.options)})}\n"
    kept = [line for line in text.splitlines(keepends=True) if not line.startswith(f"  - {record.id}")]
    checkout.portal_file.write_text("".join(kept).replace("plugins:\n", f"plugins:\n{named}"))


def plan_with(checkout: Checkout, record: PluginRecord, settings: Mapping[str, Any], **more: Any) -> Plan:
    """The plan of the local stack, with settings of the plugin and a login for its sources."""
    sources = {name: {"credential": load_sources()[name].suggested} for name in record.sources}
    plugins = {**{name: one for name, one in NOT_CONNECTED.items() if name != record.id}, record.id: settings}
    return planned(checkout, {"sources": sources, "plugins": plugins, **more})
