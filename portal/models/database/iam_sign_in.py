"""Sign-in to a database with a role of AWS: what it says in app-config."""

from __future__ import annotations

from typing import Any

from portal.contract import DATABASE_AUTHORITY_FILE
from portal.models.database.engine import Fault


def iam_credentials(region: str | None) -> dict[str, Any]:
    """Backstage signs a token for each connection, and there is no password.

    Without a ``region``, the one of the pod is meant. RDS has authorities of its own, one set for each region, so they
    are a file of the pod. Source: @backstage/backend-defaults 0.18.0, database/connectors/postgres.
    """
    chosen = {"region": region} if region is not None else {}
    return {"type": "rds", **chosen, "ssl": {"ca": {"$file": DATABASE_AUTHORITY_FILE}, "rejectUnauthorized": True}}


def missing_authorities(region: str) -> Fault:
    """What is wrong with a region whose authorities the portal does not have."""
    return Fault(
        "ca",
        "nothing",
        f"the certificate authorities of RDS in {region}, which the portal does not have",
        "paste the region's bundle: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
    )
