"""The hosts of AWS's services.

Source: https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from __future__ import annotations

# The beginnings of regions whose hosts do not end in `amazonaws.com`.
_SUFFIXES = {"cn-": "amazonaws.com.cn", "eusc-": "amazonaws.eu"}


def service_host(service: str, region: str) -> str:
    """The host of a service in a region, such as ``secretsmanager.eu-central-1.amazonaws.com``."""
    suffix = next((found for prefix, found in _SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com")
    return f"{service}.{region}.{suffix}"
