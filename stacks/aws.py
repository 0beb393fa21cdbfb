"""A portal on AWS, in an EKS cluster that exists."""

from __future__ import annotations

import pulumi

from components.cluster.existing_eks import ExistingEks, ExistingEksArgs
from components.database.rds import log_groups
from components.entry.firewall_log import LOG_PREFIX
from components.storage.key import EncryptionKey, EncryptionKeyArgs
from portal.aws.kubeconfig import kubeconfig
from portal.aws.names import portal_label, portal_path
from portal.models.aws.place import Aws
from stacks.aws_entry import build_entry
from stacks.aws_provider import account_provider
from stacks.aws_rights import build_rights
from stacks.database import build_database
from stacks.load import Deployment
from stacks.parts import Parts
from stacks.place import InAws
from stacks.portal import Portal, build_portal


def build(deployment: Deployment) -> Portal:
    """Build a portal in the account and the cluster that the stack names. The checks require that it names both."""
    plan = deployment.plan
    chosen = plan.settings.aws
    if chosen is None:
        raise pulumi.RunError("portal:aws is missing. Write it, or let `portal foundation export` write it.")
    in_aws = _in_aws(deployment, chosen)
    cluster = ExistingEks(
        "cluster",
        ExistingEksArgs(arn=chosen.eks.arn, kubeconfig=kubeconfig(chosen.eks)),
    )
    parts = Parts(
        database=build_database, entry=build_entry, rights=build_rights, dns=[chosen.cluster.dns_address], aws=in_aws
    )
    return build_portal(deployment, cluster.provider, parts)


def _in_aws(deployment: Deployment, chosen: Aws) -> InAws:
    plan = deployment.plan
    label = portal_label(plan.stack)
    provider = account_provider(chosen.account, chosen.region, plan.stack, chosen.tags)
    opts = pulumi.ResourceOptions(provider=provider)
    return InAws(
        chosen=chosen,
        key=chosen.key if chosen.key is not None else _key(deployment, chosen, label, opts),
        path=portal_path(plan.stack),
        label=label,
        keep=plan.settings.database.rest_is_kept,
        opts=opts,
    )


def _key(deployment: Deployment, chosen: Aws, label: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """One key for all data of the portal, which alarms may use to reach their topic."""
    database = deployment.plan.settings.database
    lookup = database.rds_lookup(deployment.plan.stack)
    # After a restore, the logs of the instance before can still be read.
    restored = lookup.name if lookup is not None else None
    instances = [label, *([restored] if restored is not None and restored != label else [])]
    alarms = {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": chosen.account}},
    }
    args = EncryptionKeyArgs(
        alias=label,
        description="The data of a portal",
        account=chosen.account,
        region=chosen.region,
        log_groups=[f"{LOG_PREFIX}{label}", *(group for name in instances for group in log_groups(name))],
        statements=[alarms],
        keep=database.rest_is_kept,
        outlives=database.leaves_backups,
    )
    return EncryptionKey(f"{label}-key", args, opts).arn
