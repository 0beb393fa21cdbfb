"""Whether the node has recently reported that it is ready."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.base.moment import moment

# Kubernetes writes times in whole seconds.
_TOLERANCE = timedelta(seconds=1)


def is_ready(node: Mapping[str, Any], since: datetime) -> bool:
    """Whether a Node object reports that it is ready, in a report that is not older than ``since``.

    After a restart, an API server still has the report from before the restart.
    """
    return any(
        condition["type"] == "Ready"
        and condition["status"] == "True"
        and moment(condition["lastHeartbeatTime"]) >= since - _TOLERANCE
        for condition in node["status"].get("conditions", [])
    )
