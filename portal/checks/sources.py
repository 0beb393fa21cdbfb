"""As whom a portal reads repositories is a decision of the stack, once others can reach the portal."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, one_of
from portal.plan import Plan


def check_sources(plan: Plan) -> Iterator[InputError]:
    """A portal that people share and that reads anonymously soon stops reading: hosts limit what nobody asks for."""
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
