"""Who publishes documentation from GitHub Actions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from portal.aws.github import subject_of_branch, subject_of_environment
from portal.models.aws.github import Branch, Environment, Repositories
from portal.models.base import Model, refusal

_BRANCH = "main"
# The rest of a trust policy is 720 letters long, and AWS takes 2,048
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
MOST_OF_SUBJECTS = 1300
_AROUND_A_SUBJECT = len('"",')


class DocsPublisher(Model):
    """Jobs of GitHub Actions that may publish documentation: those of a branch, or of an environment."""

    repository: Repositories
    """The repository on GitHub. `acme/*` stands for all that an owner has or will have: whoever writes to one of them
    can then change every page."""

    branch: Branch | None = None
    """The branch that publishes. Default: `main`."""

    environment: Environment | None = None
    """The environment that publishes, instead of a branch. Its protection rules say who has to approve."""

    @field_validator("environment")
    @classmethod
    def _instead_of_a_branch(cls, environment: str | None, others: ValidationInfo) -> str | None:
        if environment is not None and others.data.get("branch") is not None:
            raise refusal(
                "either branch or environment, as the token of a job with an environment does not say its branch",
                "remove one of the two; the environment's settings can name branches",
            )
        return environment

    @property
    def subject(self) -> str:
        """The subject of their tokens. With ``*`` for a repository, a pattern of it."""
        if self.environment is not None:
            return subject_of_environment(self.repository, self.environment)
        return subject_of_branch(self.repository, self.branch or _BRANCH)


def _fit(publishers: tuple[DocsPublisher, ...]) -> tuple[DocsPublisher, ...]:
    length = sum(len(one.subject) + _AROUND_A_SUBJECT for one in publishers)
    if length > MOST_OF_SUBJECTS:
        raise refusal(
            f"publishers that fit into the trust policy of a role, about 25 of them; these need {length} letters of"
            f" {MOST_OF_SUBJECTS}",
            "name all repositories of an owner (acme/*), or let one repository publish what others build",
        )
    return publishers


class Docs(Model):
    """Documentation in the bucket that a stack on AWS makes."""

    publishers: Annotated[tuple[DocsPublisher, ...], Field(min_length=1), AfterValidator(_fit)]
    """Whose pipelines publish it, with a role that they take without a stored key. Each can change every page."""

    @property
    def subjects(self) -> tuple[str, ...]:
        """The subjects of all tokens that may publish."""
        return tuple(dict.fromkeys(one.subject for one in self.publishers))
