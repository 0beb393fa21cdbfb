"""Backups go to a bucket that pods reach, over TLS."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.address import read_address
from portal.base.errors import InputError, SituationError
from portal.base.hosts import is_in_cluster, is_own_machine
from portal.plan import Plan


def check_backup_bucket(plan: Plan) -> Iterator[InputError]:
    """Refuse an address of this machine, and one without TLS, unless the stack names it.

    Requests are signed, but anybody on the way could answer them.
    """
    bucket = plan.settings.backup.bucket if plan.settings.backup is not None else None
    if bucket is None or bucket.endpoint is None:
        return
    host, plain = read_address(bucket.endpoint).host, bucket.endpoint.startswith("http://")
    if is_own_machine(host):
        yield SituationError(
            f"backups go to {bucket.endpoint}, which is the pod itself for a pod",
            "write the address that pods reach the bucket at",
            where=plan.where(("backup", "bucket", "endpoint")),
        )
    elif plain and not (is_in_cluster(host) or bucket.endpoint in plan.settings.plain_http):
        yield SituationError(
            f"backups go to {bucket.endpoint} without TLS, so somebody on the way can keep or replace them",
            f"write https://, or `portal:plainHttp: [{bucket.endpoint}]` if everybody on the way may do that",
            where=plan.where(("backup", "bucket", "endpoint")),
        )
