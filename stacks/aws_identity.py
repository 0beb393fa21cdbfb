"""The AWS role of a service account of the portal's namespace."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from components.identity.pod_identity import PodIdentity, PodIdentityArgs
from components.identity.policy import Statement
from stacks.place import InAws, InNamespace


def pod_identity(
    name: str, account: str, statements: Sequence[Statement], place: InNamespace, in_aws: InAws
) -> Sequence[pulumi.Resource]:
    """What pods of the account have to wait for; nothing if it needs no rights."""
    if not statements:
        return ()
    args = PodIdentityArgs(
        cluster=in_aws.chosen.cluster.name,
        cluster_arn=in_aws.chosen.eks.arn,
        namespace=place.namespace,
        account=account,
        path=in_aws.path,
        boundary=in_aws.chosen.boundary,
        statements=statements,
    )
    return PodIdentity(in_aws.named(f"{name}-identity"), args, in_aws.opts).ready
