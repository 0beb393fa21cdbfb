"""Tokens of GitHub Actions, as AWS verifies them.

Source: https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

from portal.aws.arn import iam_arn

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


def provider_arn(region: str, account: str) -> str:
    """The ARN of an account's trust in these tokens. An account has at most one for an issuer, and it is named so."""
    return iam_arn(region, account, f"oidc-provider/{ISSUER}")


def subject_of_environment(repository: str, environment: str) -> str:
    """The subject of the jobs that use an environment of a repository, on whatever branch they run."""
    return f"repo:{repository}:environment:{environment}"


def reading_environment(environment: str) -> str:
    """The environment beside one that deploys. Its jobs only read: drift.yml."""
    return f"{environment}-read"


def deploying_environments(environment: str, *, ephemeral: bool) -> list[str]:
    """The environments whose jobs deploy. What comes and goes is removed without reviewers: portal-pull-request.yml."""
    return [environment, f"{environment}-expire"] if ephemeral else [environment]


def subject_of_branch(repository: str, branch: str) -> str:
    """The subject of the jobs of a branch that use no environment."""
    return f"repo:{repository}:ref:refs/heads/{branch}"
