"""What `portal status --json` answers of AWS: the database's instance, the targets, and the certificate."""

from __future__ import annotations

from portal.command.json_answers import JsonAnswer


class MaintenanceAnswer(JsonAnswer):
    """Work of AWS that waits."""

    action: str
    """What it is: `system-update`, `db-upgrade`, `ca-certificate-rotation`."""

    description: str
    """AWS's description of it."""

    at: str | None = None
    """When AWS does it; absent if no time is set."""


class InstanceAnswer(JsonAnswer):
    """The instance of RDS."""

    name: str
    """Its identifier."""

    own: bool
    """Whether the stack made it."""

    status: str
    """Its status in AWS's word: `available`, `modifying`, `stopped`, `storage-full`."""

    broken: str | None = None
    """What is wrong, if the portal cannot use it, or will not be able to for long."""

    instance_class: str
    """Its class."""

    version: str
    """The version of PostgreSQL."""

    multi_az: bool
    """Whether a second instance is in another zone."""

    storage_bytes: int
    """The size of its volume. How much of it is used, only the metrics of AWS know."""

    most_storage_bytes: int | None = None
    """The size that the volume grows to by itself."""

    restorable_until: str | None = None
    """The last moment that it can be restored to."""

    window: str
    """When AWS changes it, in UTC."""

    pending: tuple[str, ...] = ()
    """Changes that wait for that window, or for a restart."""

    maintenance: tuple[MaintenanceAnswer, ...] = ()
    """AWS's own work that waits."""

    maintenance_reason: str | None = None
    """Why that is not known."""


class TargetAnswer(JsonAnswer):
    """A pod, as the load balancer sees it."""

    address: str
    """Its address."""

    zone: str | None = None
    """Its zone."""

    state: str
    """Its state in AWS's word: `healthy`, `unhealthy`, `initial`, `draining`."""

    reason: str | None = None
    """Why it is not healthy, in AWS's words."""


class TargetsAnswer(JsonAnswer):
    """The targets of the load balancer. One that is being taken away counts as none of the three."""

    healthy: int
    """How many get requests."""

    unhealthy: int
    """How many get none."""

    initial: int
    """How many are new, and asked for the first time."""

    each: tuple[TargetAnswer, ...]
    """The targets."""


class CertificateAnswer(JsonAnswer):
    """The certificate of the load balancer."""

    arn: str
    """Its ARN."""

    host: str
    """The name that it is for."""

    status: str
    """Its status in AWS's word: `ISSUED`, `PENDING_VALIDATION`, `EXPIRED`."""

    ends: str | None = None
    """When it ends; absent before it is issued."""

    days_left: int | None = None
    """The whole days until then; negative afterwards."""

    renews: bool
    """Whether AWS renews it by itself."""

    renewal: str | None = None
    """How far the last renewal is, in AWS's word: `PENDING_VALIDATION`, `SUCCESS`, `FAILED`."""

    proof: str | None = None
    """The DNS record that AWS looks for, and has not found."""

    reason: str | None = None
    """Why it was not issued or renewed, in AWS's word."""


class AwsAnswer(JsonAnswer):
    """What AWS says of a stack that runs there."""

    account: str
    """The account."""

    region: str
    """The region."""

    reason: str | None = None
    """Why nothing is known: there are no credentials, or those of another account."""

    instance: InstanceAnswer | None = None
    """The instance of RDS; absent if the database is none, or if it is not known."""

    instance_reason: str | None = None
    """Why nothing is known of it."""

    targets: TargetsAnswer | None = None
    """The targets of the load balancer; absent if they are not known."""

    targets_reason: str | None = None
    """Why they are not."""

    certificate: CertificateAnswer | None = None
    """The certificate; absent if it is not known."""

    certificate_reason: str | None = None
    """Why it is not."""
