"""Which file and line errors about a stack name: in ``portal.yaml`` or in the stack's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.base.yaml_document import Document, KeyPath
from portal.models.portal_file import PortalFile


@dataclass(frozen=True)
class Locations:
    """``stack`` gives the file and line of a key below ``portal:`` in the stack's file."""

    portal: PortalFile
    document: Document
    stack: Callable[[KeyPath], str]

    def plugin(self, plugin: str, option: str) -> str:
        """The line of a plugin's option in ``portal.yaml``, or of the plugin."""
        return self._choice("plugins", [one.id for one in self.portal.plugins], plugin, option)

    def source(self, source: str, option: str) -> str:
        """The line of a source's option in ``portal.yaml``, or of the source."""
        return self._choice("sources", [one.id for one in self.portal.sources], source, option)

    def source_key(self, source: str) -> str:
        """The key of a source in ``portal.yaml``, as errors name it."""
        names = [one.id for one in self.portal.sources]
        return f"sources[{names.index(source)}].{source}" if source in names else f"sources.{source}"

    def _choice(self, key: str, names: list[str], name: str, option: str) -> str:
        index = names.index(name) if name in names else 0
        return self.document.where((key, index, name, option))
