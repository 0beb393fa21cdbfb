"""A stack that others can reach has to choose the credential that reads repositories."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, one_of
from portal.plan import Plan


def check_sources(plan: Plan) -> Iterator[InputError]:
    """Find sources without a credential. Hosts limit anonymous requests, so a shared portal would soon stop reading."""
    for name, source in plan.resolved.sources.items():
        if source.declared and source.credential is None and not plan.resolved.loopback:
            suggested = source.record.suggested
            secrets = " and ".join(source.record.credentials[suggested].secrets)
            yield InputError(
                where=plan.where(("sources", name, "credential")),
                key=f"portal:sources.{name}.credential",
                got="nothing",
                allowed=one_of(source.record.credentials),
                fix=f"write `portal:sources: {{{name}: {{credential: {suggested}}}}}`, and store {secrets}",
            )
