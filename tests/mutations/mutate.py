"""Make mutated inputs from good ones. The same seed gives the same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import parse_document
from portal.base.yaml_text import yaml_text

# Planted where secrets belong. No output may have it.
CANARY = "hunter2-canary"
STRANGE: tuple[Any, ...] = (
    *("", " ", None, True, False, 0, -1, 2**63, 2**70, 1e308, 0.1, [], {}, [[]], [None], {"": ""}),
    *("x" * 5000, "9" * 400, "9" * 400 + "Gi", "1024", "512", "1.5Gi", "0", "-1"),
    *("http://", "https://a:b", "https://x:99999999/a", "https://a..b", "http://evil.example%00.localhost"),
    *("http:// .localhost", "http://[::1]:7007", "http://[", "https://*.acme.example", "http://localhost:7008"),
    *("https://portal.acme.example", f"https://user:{CANARY}@grafana.example", "https://" + "a" * 300),
    *("[/x]", "[bold]x", "{organization}", "${HOME}", "$${X}", "{{x}}", "%s %d {0}", "../../etc/passwd", "/dev/zero"),
    *("content/catalog/all.yaml", "\x1b]52;c;eA==\x07", "\x9b2J", "\u202etxt", "\x00", "a\nb", "a\tb", "é", "🎉"),
    *("\ud83d", "yes", "off", "null", "~", "1_000", "0x10", "0777", "1e3", "12:30:45", "2024-01-01", "<<", "*x", "&x"),
    *("!!python/none", {"secure": "v1:AAAA"}, {"secure": 5}, {"$secret": "X"}, {"$secret": "../x"}),
    *({"$file": "/app/../proc/self/environ"}, {"$env": "HOME"}, {"$include": "x.yaml"}),
    *("guest", "github", "local", "kubernetes", "workspace", "r-000000000000"),
)
JUNK = (
    *(b"\x00", b"\xff\xfe", b"\t", b"\r", b": ", b"- ", b"[", b"{", b"}" * 3, b"&a [*a]", b"'", b"|", b"#", b"[" * 300),
    *(b"{a: " * 120, b"<<: *x\n", b"\xef\xbb\xbf", b"%YAML 9\n", b"---\n", b"...\n", "é".encode()),
)
SECRET_PLACES: tuple[dict[str, Any], ...] = (
    {"integrations": {"github": [{"host": "github.com", "token": [CANARY]}]}},
    {"integrations": {"github": CANARY}},
    {"auth": {"session": CANARY}},
    {"auth": {"session": {"secret": {"x": CANARY}}}},
    {"backend": {"auth": {"externalAccess": [{"type": "static", "options": {"token": [CANARY]}}]}}},
    {"backend": {"database": {"connection": [CANARY]}}},
    {"proxy": {"endpoints": {"/x": {"target": "https://a.example", "headers": {"Authorization": [CANARY]}}}}},
    {"techdocs": {"publisher": {"type": "awsS3", "awsS3": {"credentials": {"secretAccessKey": [CANARY]}}}}},
)
STACK_NAMES = ("local", "", "..", "a b", "UPPER", "[/x]", "no-such", "stacks/Pulumi.local.yaml", "x" * 70, "\x1b[31m")
COMMANDS = (
    ["check"], ["check", "--all"], ["check", "--json"], ["config"], ["config", "--against"], ["status"], ["logs"],
    ["graph"], ["render"], ["plugins"], ["plugins", "--json"], ["secrets", "set", "--"], ["logs", "--since"],
    ["logs", "--tail"], ["build", "--push"], ["up", "--engine"], ["up", "--cluster"], ["nonsense"], ["--directory"],
)  # fmt: skip


@dataclass(frozen=True)
class Mutation:
    """One input: the bytes of both files, and the words after ``portal``. ``what`` says what was changed."""

    what: str
    portal: bytes
    stack: bytes
    words: tuple[str, ...] = ("check",)


def mutations(seed: int, portal: str, stack: str) -> Iterator[Mutation]:
    """Mutated inputs without end, from the texts of a good ``portal.yaml`` and a good stack file."""
    source = random.Random(seed)
    while True:
        kind = source.choices((_of_values, _of_text, _of_secrets, _of_words), (10, 4, 2, 2))[0]
        yield kind(source, portal, stack)


def _of_values(source: random.Random, portal: str, stack: str) -> Mutation:
    in_stack = source.random() < 0.6
    data: Any = deepcopy(parse_document((stack if in_stack else portal).encode(), "file").data)
    what = [_changed(source, data) for _ in range(source.choice((1, 1, 1, 2, 3)))]
    text = _written(data)
    return Mutation("; ".join(what), portal.encode() if in_stack else text, text if in_stack else stack.encode())


def _changed(source: random.Random, data: Any) -> str:
    """Change one place of a document."""
    places = list(_places(data))
    if not places:
        return "nothing"
    holder, key = source.choice(places)
    value = deepcopy(source.choice(STRANGE))
    action: Callable[[], str] = source.choice(
        [lambda: _set(holder, key, value)] * 6
        + [lambda: _drop(holder, key), lambda: _rename(source, holder, key, value)]
    )
    return action()


def _set(holder: Any, key: Any, value: Any) -> str:
    holder[key] = value
    return f"{key} = {str(value)[:60]!r}"


def _drop(holder: Any, key: Any) -> str:
    del holder[key]
    return f"no {key}"


def _rename(source: random.Random, holder: Any, key: Any, value: Any) -> str:
    if is_list(holder):
        return _set(holder, key, [holder[key], holder[key]])
    name = f"{key}s" if source.random() < 0.5 or not isinstance(value, str) else f"portal:{value[:40]}"
    holder[name] = holder[key]
    return f"{key} as {name!r}"


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    keys: list[Any] = list(data) if is_mapping(data) else list(range(len(data))) if is_list(data) else []
    for key in keys:
        yield data, key
        yield from _places(data[key])


def _written(data: Any) -> bytes:
    try:
        return yaml_text(data).encode("utf-8", "surrogatepass")
    except ValueError:
        return b"what YAML cannot hold: \xff\n"


def _of_text(source: random.Random, portal: str, stack: str) -> Mutation:
    """Bytes that are moved, repeated, cut off or put in."""
    in_stack = source.random() < 0.5
    raw = (stack if in_stack else portal).encode()
    start, end = sorted(source.randint(0, len(raw)) for _ in range(2))
    junk = source.choice(JUNK)
    changed = source.choice(
        (raw[:start] + raw[end:], raw[:start], raw[:end] + raw[start:], raw[:start] + junk + raw[start:], junk, b"")
    )
    portal_bytes, stack_bytes = (portal.encode(), changed) if in_stack else (changed, stack.encode())
    return Mutation(f"bytes {start} to {end}, {junk[:12]!r}", portal_bytes, stack_bytes)


def _of_secrets(source: random.Random, portal: str, stack: str) -> Mutation:
    """A secret in the clear, in a wrong shape or at a wrong place."""
    data: Any = deepcopy(parse_document(stack.encode(), "file").data)
    place = source.randint(0, 3)
    if place == 0:
        data["config"]["portal:secrets"] = source.choice(
            (CANARY, [CANARY], {"X": CANARY}, {"X": [CANARY]}, {"a b": CANARY})
        )
    elif place == 1:
        data["config"]["portal:sources"] = {"github": {"credential": CANARY}}
    else:
        data["config"]["portal:appConfig"] = deepcopy(source.choice(SECRET_PLACES))
    return Mutation("a secret in the clear", portal.encode(), _written(data))


def _of_words(source: random.Random, portal: str, stack: str) -> Mutation:
    words = list(source.choice(COMMANDS))
    if source.random() < 0.5:
        words.append(source.choice(("", "-1", "[/x]", "\x1b[31m", "é", "a b", "x" * 300, "local", "--", "../..", "0")))
    if source.random() < 0.6 and words[0] not in {"plugins", "build", "nonsense", "--directory"}:
        words[1:1] = ["--stack", source.choice(STACK_NAMES)] if words[0] != "secrets" else []
    return Mutation(" ".join(words), portal.encode(), stack.encode(), tuple(words))
