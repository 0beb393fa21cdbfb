"""A plugin that reads from a source has it: named in ``portal.yaml``, with what the plugin needs of it."""

from __future__ import annotations

from collections.abc import Iterator

from portal.base.errors import InputError, SituationError
from portal.plan import Plan
from portal.plugins.record import SourceNeed
from portal.stack.plugins import StackPlugin
from portal.stack.sources import StackSource


def check_plugin_sources(plan: Plan) -> Iterator[InputError]:
    """Find enabled plugins whose source is missing, lacks an option, or is read without a login.

    Without the first two, Backstage does not start. Without the last, the plugin fails again and again, and only the
    log says so.
    """
    for plugin in plan.plugins.values():
        if plugin.enabled:
            for name, need in plugin.record.sources.items():
                yield from _findings(plan, plugin, plan.resolved.sources.get(name), name, need)


def _findings(
    plan: Plan, plugin: StackPlugin, source: StackSource | None, name: str, need: SourceNeed
) -> Iterator[InputError]:
    record = plugin.record
    if source is None or not source.declared:
        wanted = ", ".join(f"{option}: ..." for option in need.options)
        entry = f"{name}: {{{wanted}}}" if wanted else name
        yield SituationError(
            f"the plugin {record.id} reads from {name}, which is not among the sources of the portal",
            f"write `sources: [{entry}]` in portal.yaml",
            where=plan.loaded.document.where(("sources",)),
        )
        return
    for option in need.options:
        if source.options[option] is None:
            described = source.record.options[option]
            yield InputError(
                where=plan.loaded.document.where(("sources",)),
                key=f"sources.{name}.{option}",
                got="nothing",
                allowed=f"a value, as the plugin {record.id} needs one",
                fix=f"write `sources: [{name}: {{{option}: {described.example}}}]` in portal.yaml",
            )
    if need.login and not source.secrets:
        off = f"`portal:plugins: {{{record.id}: {{enabled: false}}}}`"
        yield InputError(
            where=plan.where(("sources", name, "credential")),
            key=f"portal:sources.{name}.credential",
            got="nothing" if source.credential is None else f'"{source.credential}"',
            allowed=f"a credential with which the portal logs in, as the plugin {record.id} gets no answer without",
            fix=f"write `portal:sources: {{{name}: {{credential: {source.record.suggested}}}}}`, or {off}",
        )
