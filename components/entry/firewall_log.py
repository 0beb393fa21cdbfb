"""Where a web application firewall writes what it refused."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

# AWS takes no other beginning (https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html).
LOG_PREFIX = "aws-waf-logs-"


@dataclass(frozen=True, kw_only=True)
class FirewallLog:
    """``label`` tells a firewall's log from others of the account. ``key`` encrypts it. It stays for ``days``."""

    label: str
    key: pulumi.Input[str]
    days: int
