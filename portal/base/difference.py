"""What differs between two JSON values, such as app-configs: keys and values, whatever the order of keys."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from portal.base.canonical import canonical_json
from portal.base.echo import names_a_secret
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import KeyPath, show_path


class Difference(NamedTuple):
    """A value that only one of the two has at a path. A changed value is two of them."""

    path: KeyPath
    value: Any
    added: bool

    @property
    def line(self) -> str:
        """``+ key: value``, or with a minus, on one line. Does not show values of keys that name a secret."""
        sign = "+" if self.added else "-"
        keys = [part for part in self.path if isinstance(part, str)]
        value = _shown(self.value, keys[-1] if keys else "")
        return f"{sign} {show_path(self.path)}: {json.dumps(value, ensure_ascii=False)}"


def _shown(value: Any, key: str) -> Any:  # noqa: ANN401 - JSON in, JSON out
    if is_mapping(value):
        return {name: _shown(item, str(name)) for name, item in value.items()}
    if is_list(value):
        return [_shown(item, key) for item in value]
    # A reference to a variable is no value (https://backstage.io/docs/conf/writing#environment-variable-substitution).
    hidden = isinstance(value, str) and names_a_secret(key) and not value.startswith("${")
    return "(not shown)" if hidden else value


def differences(old: object, new: object, path: KeyPath = ()) -> Iterator[Difference]:
    """Everything that differs, key by key. The order of a list counts, the order of keys does not."""
    if canonical_json(old) == canonical_json(new):
        return
    if is_mapping(old) and is_mapping(new):
        for key in dict.fromkeys((*old, *new)):
            here = (*path, str(key))
            if key not in old:
                yield from _leaves(new[key], here, added=True)
            elif key not in new:
                yield from _leaves(old[key], here, added=False)
            else:
                yield from differences(old[key], new[key], here)
    elif is_list(old) and is_list(new):
        yield from _in_lists(old, new, path)
    else:
        yield from _leaves(old, path, added=False)
        yield from _leaves(new, path, added=True)


def _in_lists(old: Sequence[Any], new: Sequence[Any], path: KeyPath) -> Iterator[Difference]:
    """Entry by entry where there are as many; otherwise the entries that only one of the two lists has."""
    if len(old) == len(new):
        for index, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from differences(one, other, (*path, index))
        return
    olds, news = [canonical_json(item) for item in old], [canonical_json(item) for item in new]
    gone = [Difference((*path, index), item, added=False) for index, item in enumerate(old) if olds[index] not in news]
    come = [Difference((*path, index), item, added=True) for index, item in enumerate(new) if news[index] not in olds]
    if gone or come:
        yield from gone
        yield from come
    else:
        yield Difference(path, old, added=False)
        yield Difference(path, new, added=True)


def _leaves(value: Any, path: KeyPath, *, added: bool) -> Iterator[Difference]:  # noqa: ANN401 - JSON in
    if is_mapping(value) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)), added=added)
    else:
        yield Difference(path, value, added)
