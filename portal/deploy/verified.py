"""What deployments of a stack were verified, as the last resource of each deployment recorded it in the cluster."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.base.checkout import Checkout
from portal.base.errors import PortalError
from portal.base.moment import moment
from portal.contract import (
    COMPONENT_LABEL,
    RECORD,
    RECORD_CONFIGURATION,
    RECORD_IMAGE,
    RECORD_PROGRAM,
    RECORD_RELEASE,
    VERIFICATION_COMPONENT,
)
from portal.deploy.choose_cluster import choose_cluster
from portal.kubernetes.api import PATIENCE, ClusterApi
from portal.kubernetes.api_paths import collection_path
from portal.kubernetes.ownership import own_selector
from portal.plan import Plan


@dataclass(frozen=True)
class Verified:
    """A deployment that was verified. ``program`` is empty if it was made with the code of a checkout."""

    release: str
    program: str
    image: str
    configuration: str
    at: datetime


def read_verified(api: ClusterApi, namespace: str, stack: str, patience: float = PATIENCE) -> list[Verified]:
    """The records in a stack's namespace, newest first. A deployment that failed leaves the one before."""
    labels = f"{own_selector(stack)},{COMPONENT_LABEL}={VERIFICATION_COMPONENT}"
    found = [
        Verified(
            release=str(data[RECORD_RELEASE]),
            program=str(data.get(RECORD_PROGRAM, "")),
            image=str(data.get(RECORD_IMAGE, "")),
            configuration=str(data.get(RECORD_CONFIGURATION, "")),
            at=moment(str(item["metadata"]["creationTimestamp"])),
        )
        for item in api.list(collection_path("v1", "configmaps", namespace), labels=labels, patience=patience)
        if str(item["metadata"]["name"]).startswith(f"{RECORD}-") and RECORD_RELEASE in (data := item.get("data", {}))
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def records_of(checkout: Checkout, plan: Plan) -> list[Verified]:
    """The records of a stack, newest first. Starts no cluster: PortalError if it does not run, or does not answer."""
    cluster = choose_cluster(checkout, plan.stack, plan.settings)
    if not cluster.running():
        raise PortalError(f"the cluster of {plan.stack} does not run")
    return read_verified(cluster.kubectl().api, plan.settings.namespace.name, plan.stack)


def record_of(records: Iterable[Verified], release: str, program: str | None, image: str) -> Verified | None:
    """The record of this very release, program and image; None if no such deployment was verified."""
    wanted = (release, program or "", image)
    return next((one for one in records if (one.release, one.program, one.image) == wanted), None)
