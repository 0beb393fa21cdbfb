"""Who deploys a portal from GitHub Actions, what it reads for that, and where states are."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from portal.models.aws.github import Environment, Repository
from portal.models.aws.scalars import KeyArn, NameInSecretsManager, ZoneId
from portal.models.base import Model, refusal
from portal.models.scalars import BucketName, HostName


class DeployerRecord(Model):
    """The record in Route 53 that a deployer may write, besides those that prove to AWS whose its name is."""

    zone: ZoneId
    """The id of the hosted zone."""

    host: HostName
    """The host in the address. With `ephemeral`, the hosts of its stacks are below it: `pr-123.` and this one."""


# A policy has room for 6,144 characters, and the rest of this one takes 400
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
MOST_OF_SECRETS = 5700
_AROUND_A_NAME = len('"arn:aws-us-gov:secretsmanager:ap-southeast-1:111122223333:secret:-??????",')


def _fit(names: tuple[str, ...]) -> tuple[str, ...]:
    length = sum(len(one) + _AROUND_A_NAME for one in names)
    if length > MOST_OF_SECRETS:
        raise refusal(
            f"names that fit into a policy, about 50 of them; these need {length} letters of {MOST_OF_SECRETS}",
            "store values that belong together as keys of one secret",
        )
    return names


class Deployer(Model):
    """The only jobs that may deploy a portal: those of one environment of one repository."""

    repository: Repository
    """The repository on GitHub."""

    environment: Environment
    """The environment of the repository. Its protection rules say who approves a deployment. Jobs of the environment
    with `-read` behind its name can take a role that only reads."""

    record: DeployerRecord | None = None
    """The record of the portal. Default: the deployer may write none."""

    ephemeral: bool = False
    """`true` for stacks that come and go: all whose names begin with this name and a dash, such as `pr-123` for `pr`.
    Only their deployer may delete data: databases and buckets with their names, and keys with their tags. Jobs of the
    environment with `-expire` behind its name have the same role, to remove what has ended."""

    secrets: Annotated[tuple[NameInSecretsManager, ...], AfterValidator(_fit)] = ()
    """The names in Secrets Manager that are under `portal:secretsManager` of the portal's stack. A deployment may read
    these, and no others."""

    secrets_key: KeyArn | None = None
    """The ARN of the KMS key that encrypts them. Default: AWS's own (`aws/secretsmanager`), which needs no right."""


class StateSettings(Model):
    """Where Pulumi's states are, if in a bucket of this account. A deployer reads and writes that of its stack only."""

    bucket: BucketName
    """The bucket's name."""

    key: KeyArn | None = None
    """The ARN of the KMS key that encrypts secrets in them. A deployer may use it for its own stack, which the stack's
    secrets provider has to name: `awskms://alias/pulumi?region=eu-central-1&context_stack=prod`. Default: none; a
    passphrase does."""
