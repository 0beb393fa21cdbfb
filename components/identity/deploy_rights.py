"""What the deployment of one portal needs to do in an account.

A resource is named by the portal's prefix wherever AWS knows resources by their names. Where it gives a resource its id
itself, all of the account and region are meant, and ``*`` stands only where AWS has no resource level.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from components.identity.boundary import linked_roles, own_buckets, own_databases, own_roles
from components.identity.deploy_address import address_statements
from components.identity.deploy_state import state_statements
from components.identity.push_rights import push_statements
from components.identity.statement import DeployRights, Statement, allow, prefixed
from portal.aws.arn import bucket_arn, regional_arn


def deploy_statements(rights: DeployRights) -> list[Statement]:
    """All that the role may do."""
    return [*base_statements(rights), *address_statements(rights)]


def base_statements(rights: DeployRights) -> list[Statement]:
    """What it may do, but for the address: all of it is too long for one policy."""
    return [
        *_roles(rights),
        *_data(rights),
        *_keys(rights),
        *_cluster(rights),
        *_images(rights),
        *state_statements(rights),
        *_deletion(rights),
        _without_resource(),
    ]


def _roles(rights: DeployRights) -> list[Statement]:
    actions = (
        "AttachRolePolicy CreatePolicy CreatePolicyVersion CreateRole DeletePolicy DeletePolicyVersion DeleteRole"
        " DeleteRolePolicy DetachRolePolicy GetPolicy GetPolicyVersion GetRole GetRolePolicy ListAttachedRolePolicies"
        " ListInstanceProfilesForRole ListPolicyVersions ListRolePolicies PassRole PutRolePermissionsBoundary"
        " PutRolePolicy TagPolicy TagRole UntagPolicy UntagRole UpdateAssumeRolePolicy UpdateRole"
    )
    return [
        allow("Roles", prefixed("iam", actions), own_roles(rights)),
        allow(
            "LinkedRoles",
            ["iam:CreateServiceLinkedRole"],
            linked_roles(rights.region, rights.account),
        ),
    ]


def _data(rights: DeployRights) -> list[Statement]:
    named = rights.prefix
    database = (
        "AddTagsToResource CreateDBInstance CreateDBParameterGroup CreateDBSnapshot CreateDBSubnetGroup"
        " DeleteDBParameterGroup DeleteDBSubnetGroup ModifyDBInstance ModifyDBParameterGroup ModifyDBSubnetGroup"
        " RebootDBInstance RemoveTagsFromResource ResetDBParameterGroup RestoreDBInstanceFromDBSnapshot"
        " RestoreDBInstanceToPointInTime"
    )
    bucket = (
        "CreateBucket Get*Configuration GetBucket* ListBucket ListTagsForResource PutBucketLogging"
        " PutBucketOwnershipControls"
        " PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration"
        " PutLifecycleConfiguration TagResource UntagResource"
    )
    instances = [f"{kind}:{named}*" for kind in ("db", "pg", "snapshot", "subgrp")]
    password = "CreateSecret DescribeSecret RotateSecret TagResource"  # noqa: S105 - actions
    here = (rights.region, rights.account)
    return [
        allow(
            "Database",
            prefixed("rds", database),
            # An instance also has an option group, and AWS's own is used.
            [regional_arn("rds", *here, one) for one in (f"db:{rights.label}", *instances, "og:default:*")],
        ),
        # AWS lists what it describes, so these name all of the account and the region.
        allow(
            "DatabasesThere",
            prefixed("rds", "DescribeDB* DescribePendingMaintenanceActions"),
            regional_arn("rds", *here, "*"),
        ),
        allow("Buckets", prefixed("s3", bucket), bucket_arn(rights.region, f"{named}*")),
        # The password that RDS makes and nobody reads: made on behalf of whoever makes the instance.
        # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html
        allow(
            "MasterPassword",
            prefixed("secretsmanager", password),
            regional_arn("secretsmanager", *here, "secret:rds!*"),
        ),
    ]


def _keys(rights: DeployRights) -> list[Statement]:
    """Keys have ids, so a portal's key is known by its tag."""
    here = (rights.region, rights.account)
    made, own = rights.tagged("aws:RequestTag"), rights.tagged("aws:ResourceTag")
    use = (
        "CreateAlias CreateGrant Decrypt DeleteAlias DescribeKey EnableKeyRotation GenerateDataKey* GetKeyPolicy"
        " GetKeyRotationStatus ListResourceTags PutKeyPolicy UntagResource UpdateAlias UpdateKeyDescription"
    )
    alias = prefixed("kms", "CreateAlias DeleteAlias UpdateAlias")
    return [
        # A key that does not exist yet has no ARN.
        allow("NewKey", ["kms:CreateKey", "kms:TagResource"], "*", made),
        allow("OwnKey", prefixed("kms", use), regional_arn("kms", *here, "key/*"), own),
        allow("KeyAlias", alias, regional_arn("kms", *here, f"alias/{rights.label}")),
    ]


def _cluster(rights: DeployRights) -> list[Statement]:
    """The rights in the cluster are Kubernetes' own. Any cluster of the account, if the foundation has none."""
    cluster, here = rights.cluster or "*", (rights.region, rights.account)
    identity = (
        "DeletePodIdentityAssociation DescribePodIdentityAssociation TagResource UntagResource"
        " UpdatePodIdentityAssociation"
    )
    of_cluster = prefixed("eks", "CreatePodIdentityAssociation DescribeCluster ListPodIdentityAssociations TagResource")
    return [
        allow("Cluster", of_cluster, regional_arn("eks", *here, f"cluster/{cluster}")),
        allow(
            "PodIdentity", prefixed("eks", identity), regional_arn("eks", *here, f"podidentityassociation/{cluster}/*")
        ),
    ]


def _images(rights: DeployRights) -> list[Statement]:
    if rights.repository is None:
        return []
    return push_statements(rights.region, rights.account, rights.repository)


def _deletion(rights: DeployRights) -> list[Statement]:
    """To delete the data of stacks that come and go. Nobody deletes that of another stack but an administrator."""
    if not rights.ephemeral:
        return []
    here = (rights.region, rights.account)
    bucket = own_buckets(rights)
    objects = prefixed("s3", "DeleteObject DeleteObjectVersion")
    return [
        allow("DeleteDatabase", prefixed("rds", "DeleteDBInstance DeleteDBSnapshot"), own_databases(rights)),
        allow("DeleteBucket", prefixed("s3", "DeleteBucket DeleteBucketPolicy ListBucketVersions"), bucket),
        allow("DeletePages", objects, f"{bucket}/*"),
        allow(
            "DeleteKey",
            ["kms:ScheduleKeyDeletion"],
            regional_arn("kms", *here, "key/*"),
            rights.tagged("aws:ResourceTag"),
        ),
    ]


def _without_resource() -> Statement:
    """Actions for which AWS has no resource level: most of them describe what exists."""
    actions = [
        *prefixed("acm", "ListCertificates RequestCertificate"),
        *prefixed("ec2", "DescribeAvailabilityZones DescribeNetworkInterfaces DescribeSecurityGroupRules"),
        *prefixed("ec2", "DescribeSecurityGroups DescribeSubnets DescribeVpcs"),
        *prefixed("elasticloadbalancing", "Describe* SetWebAcl"),
        *prefixed("kms", "ListAliases"),
        *prefixed("logs", "CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies"),
        *prefixed("route53", "ListHostedZones"),
        *prefixed("sns", "GetSubscriptionAttributes Unsubscribe"),
        *prefixed("wafv2", "ListWebACLs"),
    ]
    return allow("WithoutResource", actions, "*")
