"""Documentation is published to a bucket that the stack makes."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError
from portal.plan import Plan


def check_docs_bucket(plan: Plan) -> Iterator[InputError]:
    """Refuse publishers where nothing shows what they would publish. Targets without AWS refuse them themselves."""
    resolved = plan.resolved
    if plan.settings.docs is None or plan.settings.aws is None or resolved.has_bucket:
        return
    able = [name for name, plugin in resolved.plugins.items() if plugin.record.bucket]
    yield InputError(
        where=plan.where(("docs",)),
        key="portal:docs",
        got="a value",
        allowed="nothing, as no plugin of this stack shows what is published to a bucket",
        fix=f"enable {able[0]} in this stack, or remove it" if able else "remove it, or enable such a plugin",
    )
