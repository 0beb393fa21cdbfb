"""Names of GitHub, as the subjects of its tokens have them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from portal.models.base import refusal

# With or without the numbers of owner and repository, which newer repositories have in the subject of their tokens.
# https://docs.github.com/en/actions/concepts/security/openid-connect
_PART = r"[A-Za-z0-9_.-]{1,100}(@[0-9]{1,20})?"
_REPOSITORY = re.compile(rf"{_PART}/{_PART}")
_ALL_OF_AN_OWNER = re.compile(rf"{_PART}/\*")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_./ -]{1,255}")
_BRANCH = re.compile(r"[A-Za-z0-9_./#@+=-]{1,255}")
_AS_IN_THE_SUBJECT = "write owner and name, as the subject of the repository's tokens has them"


def _repository(text: str) -> str:
    if not _REPOSITORY.fullmatch(text):
        raise refusal(
            "one repository of GitHub (acme/portal, or acme@123456/portal@456789 with immutable subjects)",
            _AS_IN_THE_SUBJECT,
        )
    return text


def _repositories(text: str) -> str:
    if not _REPOSITORY.fullmatch(text) and not _ALL_OF_AN_OWNER.fullmatch(text):
        raise refusal(
            "one repository of GitHub (acme/service, or acme@123456/service@456789 with immutable subjects), or all of"
            " one owner (acme/*)",
            _AS_IN_THE_SUBJECT,
        )
    return text


def _environment(text: str) -> str:
    if not _ENVIRONMENT.fullmatch(text):
        raise refusal(
            "one environment of the repository, without `*` or `:`",
            "write its name as it is in the repository's settings; its protection rules say who has to approve",
        )
    return text


def _branch(text: str) -> str:
    if not _BRANCH.fullmatch(text) or text.startswith("refs/"):
        raise refusal("one branch of the repository (main), without `*` or `refs/heads/`", "write its name alone")
    return text


Repository = Annotated[str, AfterValidator(_repository)]
"""One repository."""

Repositories = Annotated[str, AfterValidator(_repositories)]
"""One repository, or all of one owner. Deliberately no pattern of names: anybody may choose one that fits."""

Environment = Annotated[str, AfterValidator(_environment)]
"""One environment of a repository."""

Branch = Annotated[str, AfterValidator(_branch)]
"""One branch of a repository."""
