"""Who deploys a portal from GitHub Actions, and where states are."""

from __future__ import annotations

from portal.models.aws.github import Environment, Repository
from portal.models.aws.scalars import KeyArn
from portal.models.base import Model
from portal.models.scalars import BucketName


class Deployer(Model):
    """The only jobs that may deploy a portal: those of one environment of one repository."""

    repository: Repository
    """The repository on GitHub."""

    environment: Environment
    """The environment of the repository. Its protection rules say who approves a deployment."""


class StateSettings(Model):
    """Where Pulumi's states are, if in a bucket of this account. Deployers read and write them."""

    bucket: BucketName
    """The bucket's name."""

    key: KeyArn | None = None
    """The ARN of the KMS key that encrypts secrets in them (`awskms://`). Default: none; a passphrase does."""
