"""Names that a foundation and the stacks of its portals agree on.

A portal's deployer may only touch what these names say. So the portal's stack names its resources by them, too.
"""

from __future__ import annotations

# A load balancer has the shortest names, 32 letters, and Pulumi ends one with eight: portal-prod-1a2b3c4
# (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html).
LONGEST_STACK = 32 - len("portal-") - len("-1a2b3c4")
PORTAL_RULE = f"up to {LONGEST_STACK} letters and digits, with single dashes between them"
# The tag that says which stack a resource belongs to. Providers set it as a default tag.
STACK_TAG = "portal:stack"
# The path of the roles that a foundation makes. No portal's path is below it, so no deployer can change them.
FOUNDATION_PATH = "/portal-foundation/"
_BOUNDARY_PATH, _BOUNDARY = "policy/portal/", "boundary-"
# The groups of everybody who deploys portals, and of whoever only looks at them, in Kubernetes.
DEPLOYERS_GROUP = "portal-deployers"
READERS_GROUP = "portal-readers"


def can_name_a_portal(stack: str) -> bool:
    """Whether the name of a stack can be in the names of a portal's resources. RDS takes no two dashes in a row.

    Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    return len(stack) <= LONGEST_STACK and "--" not in stack


def portal_path(stack: str) -> str:
    """The path of all roles and policies that a portal's stack makes."""
    return f"/portal/{stack}/"


def portal_label(stack: str) -> str:
    """The name of what a portal has only one of in an account and region: its database, its dashboard, its key.

    It begins the name of everything else.
    """
    return f"portal-{stack}"


def portal_prefix(stack: str) -> str:
    """The beginning of the names of a portal's resources: buckets, databases, load balancer, alarms, topics."""
    return f"{portal_label(stack)}-"


def boundary_name(foundation: str) -> str:
    """The name of the permission boundary of all portals' roles. IAM has one namespace for all regions."""
    return f"{_BOUNDARY}{foundation}"


def foundation_of(boundary: str) -> str | None:
    """The foundation that made the boundary of a portal's roles, by its ARN. None if no foundation names one so."""
    _, found, name = boundary.rpartition(f"{_BOUNDARY_PATH}{_BOUNDARY}")
    return name if found and name else None


def deploy_role_name(foundation: str, portal: str) -> str:
    """The name of the role that deploys a portal."""
    return f"{foundation}-deploy-{portal}"


def read_only_name(name: str) -> str:
    """What stands beside a deploy role and can only read. No portal's name begins with another one and a dash."""
    return f"{name}-read-only"


def release_role_name(foundation: str) -> str:
    """The name of the role that pushes releases to the registry."""
    return f"{foundation}-release"


def flow_log_group(foundation: str) -> str:
    """The log group of a VPC's flow logs."""
    return f"/portal-foundation/{foundation}/flow-log"


def cluster_log_group(cluster: str) -> str:
    """The log group of a cluster's control plane. EKS gives it its name."""
    return f"/aws/eks/{cluster}/cluster"


def logs_bucket_name(account: str, region: str) -> str:
    """The name of the bucket for access logs. It never begins like the name of a portal's bucket."""
    return f"access-logs-{account}-{region}"


def load_balancer_logs(stack: str) -> str:
    """The prefix of the load balancer's access logs. AWS adds ``AWSLogs`` and the account to it."""
    return portal_label(stack)


def bucket_logs(stack: str) -> str:
    """The prefix of the access logs of the bucket for documentation."""
    return f"{portal_label(stack)}/docs/"
