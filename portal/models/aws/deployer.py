"""Who deploys a portal from GitHub Actions, and where states are."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from portal.models.aws.scalars import KeyArn
from portal.models.base import Model, refusal
from portal.models.scalars import BucketName

# With or without the numbers of owner and repository, which newer repositories have in the subject of their tokens.
# https://docs.github.com/en/actions/concepts/security/openid-connect
_PART = r"[A-Za-z0-9_.-]{1,100}(@[0-9]{1,20})?"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_./ -]{1,255}")


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise refusal(
            "one repository of GitHub (acme/portal, or acme@123456/portal@456789 with immutable subjects)",
            "write owner and name, as the subject of the repository's tokens has them",
        )
    return text


def _environment(text: str) -> str:
    if not _ENVIRONMENT.fullmatch(text):
        raise refusal(
            "one environment of the repository, without `*` or `:`",
            "write its name as it is in the repository's settings; it says whose approval a deployment needs",
        )
    return text


class Deployer(Model):
    """The only jobs that may deploy a portal: those of one environment of one repository."""

    repository: Annotated[str, AfterValidator(_repository)]
    """The repository on GitHub."""

    environment: Annotated[str, AfterValidator(_environment)]
    """The environment of the repository. Its protection rules say who approves a deployment."""


class StateSettings(Model):
    """Where Pulumi's states are, if in a bucket of this account. Deployers read and write them."""

    bucket: BucketName
    """The bucket's name."""

    key: KeyArn | None = None
    """The ARN of the KMS key that encrypts secrets in them (`awskms://`). Default: none; a passphrase does."""
