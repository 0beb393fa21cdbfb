"""What installed code demands of tokens for other programs, and of the resolvers that find a person's User."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from portal.base.errors import did_you_mean, one_of, quoted
from portal.base.json_types import is_list, is_mapping
from portal.checks.start_rule import Problem, Rule, is_address, known_text
from portal.plugins.load import load_sign_in

_MIN_TOKEN = 8


def _external_access(access: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    options = access.get("options") if is_mapping(access) else None
    given: Mapping[str, Any] = options if is_mapping(options) else {}
    subject = known_text(given.get("subject"))
    if subject is not None and re.fullmatch(r"\S+", subject) is None:
        yield Problem(("options", "subject"), quoted(subject), "a name without blanks", "correct the name")
    for key, shortest in (("token", _MIN_TOKEN), ("secret", 1)):
        secret = known_text(given.get(key))
        if secret is not None and (re.fullmatch(r"\S+", secret) is None or len(secret) < shortest):
            allowed = (
                "characters other than blanks" if shortest == 1 else f"{shortest} characters or more, without blanks"
            )
            yield Problem(
                ("options", key), "a secret that Backstage refuses", allowed, "store a new one as {$secret: NAME}"
            )
    url = known_text(given.get("url"))
    if url is not None and not is_address(url):
        yield Problem(("options", "url"), quoted(url), "an address with its scheme", "put https:// in front")
    yield from _restrictions(access.get("accessRestrictions") if is_mapping(access) else None)


_ACTIONS = ("create", "read", "update", "delete")


def _restrictions(restrictions: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
    plugins: set[str] = set()
    for index, one in enumerate(restrictions if is_list(restrictions) else ()):
        plugin = str(one.get("plugin")) if is_mapping(one) else ""
        if plugin in plugins:
            path = ("accessRestrictions", index, "plugin")
            yield Problem(path, f"{quoted(plugin)} a second time", "each plugin once", "put the two together")
        plugins.add(plugin)
        attribute = one.get("permissionAttribute") if is_mapping(one) else None
        action = attribute.get("action") if is_mapping(attribute) else None
        words = action if is_list(action) else [action] if action else []
        for word in (part for text in words for part in re.split(r"[ ,]", str(text)) if part):
            if word not in _ACTIONS:
                path = ("accessRestrictions", index, "permissionAttribute", "action")
                yield Problem(path, quoted(word), one_of(_ACTIONS), did_you_mean(word, _ACTIONS))


# What the schemas of GitHub and OpenID Connect list, and their code lacks. Any other word is left to the schema.
_LISTED_ONLY = "preferredUsernameMatchingUserEntityName"


def _resolver_of(provider: str) -> Callable[[Any], Iterator[Problem]]:
    def problems(resolver: Any) -> Iterator[Problem]:  # noqa: ANN401 - JSON in
        if resolver == _LISTED_ONLY:
            known = one_of(sorted(load_sign_in()[provider].resolvers))
            yield Problem((), quoted(resolver), known, "choose one of these: Backstage stops at its start")

    return problems


ACCESS_RULES = (
    Rule(
        "@backstage/backend-defaults",
        "0.18.0",
        "entrypoints/auth/external/static, legacy, jwks and helpers",
        ("backend", "auth", "externalAccess", "[]"),
        _external_access,
    ),
    Rule(
        "@backstage/plugin-auth-backend-module-github-provider",
        "0.5.7",
        "module (signInResolverFactories)",
        ("auth", "providers", "github", "*", "signIn", "resolvers", "[]", "resolver"),
        _resolver_of("github"),
    ),
    Rule(
        "@backstage/plugin-auth-backend-module-oidc-provider",
        "0.4.21",
        "module (signInResolverFactories)",
        ("auth", "providers", "oidc", "*", "signIn", "resolvers", "[]", "resolver"),
        _resolver_of("oidc"),
    ),
)
