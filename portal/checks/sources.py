"""As whom a portal reads repositories is a decision of the stack, once others can reach the portal."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_sources(plan: Plan) -> Iterator[InputError]:
    """A portal that people share and that reads anonymously stops reading after 60 requests in an hour.

    Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    github = plan.app_config.github
    if github.declared and github.credential is None and not plan.settings.loopback:
        yield InputError(
            where=plan.where(("sources", "github", "credential")),
            key="portal:sources.github.credential",
            got="nothing",
            allowed="token, app or none",
            fix="write `portal:sources: {github: {credential: token}}` and store GITHUB_TOKEN",
        )
