"""Names that change with the content of an object: its own name, a dash, and ten hex digits of a hash.

ConfigMaps and Secrets have such names. Where people read them, the hash is left out.
"""

from __future__ import annotations

import hashlib
import json
import re

_DIGITS = 10
_HASHED = re.compile(rf"-[0-9a-f]{{{_DIGITS}}}$")


def content_name(name: str, content: object) -> str:
    """``name`` and the hash of ``content``.

    Deliberately not :func:`portal.base.canonical.content_hash`: objects in existing clusters have names of this form,
    and another encoding of the same content would replace all of them.
    """
    return f"{name}-{hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:_DIGITS]}"


def is_content_name(name: str) -> bool:
    """Whether a name ends in a hash."""
    return _HASHED.search(name) is not None


def without_hash(name: str) -> str:
    """A name without its hash, as people know it."""
    return _HASHED.sub("", name)
