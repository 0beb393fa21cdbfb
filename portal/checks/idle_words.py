"""Words in app-config that Backstage takes without complaint, and that do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.appconfig.references import texts
from portal.base.errors import InputError, closest, quoted
from portal.base.json_types import is_list, is_mapping
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan

# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy lists those of CSP Level 3, of
# Trusted Types, and older ones that browsers still take.
DIRECTIVES = frozenset(
    [
        "base-uri",
        "block-all-mixed-content",
        "child-src",
        "connect-src",
        "default-src",
        "fenced-frame-src",
        "font-src",
        "form-action",
        "frame-ancestors",
        "frame-src",
        "img-src",
        "manifest-src",
        "media-src",
        "navigate-to",
        "object-src",
        "prefetch-src",
        "report-to",
        "report-uri",
        "require-trusted-types-for",
        "sandbox",
        "script-src",
        "script-src-attr",
        "script-src-elem",
        "style-src",
        "style-src-attr",
        "style-src-elem",
        "trusted-types",
        "upgrade-insecure-requests",
        "webrtc",
        "worker-src",
    ]
)
_KEYWORD = re.compile(
    r"self|none|unsafe-inline|unsafe-eval|unsafe-hashes|strict-dynamic|report-sample|wasm-unsafe-eval"
    r"|(nonce|sha256|sha384|sha512)-.+"
)
# A reference is a whole value: in a text, `{$secret: NAME}` is that text.
_REFERENCE = re.compile(r"\{\s*\$(secret|file|env|include)\s*:")


def check_idle_words(plan: Plan) -> Iterator[InputError]:
    """Find sign-in providers that are not in the image, CSP rules of no effect, and references inside of a text."""
    yield from _providers(plan)
    yield from _content_security(plan)
    yield from _references(plan)


def _providers(plan: Plan) -> Iterator[InputError]:
    """auth-backend registers the providers of its modules alone, and looks at no others.

    Source: plugin-auth-backend 0.30.1, providers/router.
    """
    auth = plan.app_config.data.get("auth")
    providers = auth.get("providers") if is_mapping(auth) else None
    modules = [_squeezed(name) for name in plan.release.packages if "auth" in name]
    for name in providers if is_mapping(providers) else ():
        if not any(_squeezed(str(name)) in module for module in modules):
            path = ("auth", "providers", str(name))
            in_image = ", ".join(plan.release.sign_in)
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got="a provider that is not in the image",
                allowed=f"one of {in_image}, or one whose module a record brings",
                fix=f"write `signIn: [{name}]` in portal.yaml if the library has it, or remove it",
            )


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _content_security(plan: Plan) -> Iterator[InputError]:
    """Source: backend-defaults 0.18.0, entrypoints/rootHttpRouter/http/readHelmetOptions. It also takes camelCase."""
    backend = plan.app_config.data.get("backend")
    rules = backend.get("csp") if is_mapping(backend) else None
    for name, values in rules.items() if is_mapping(rules) else ():
        path = ("backend", "csp", str(name))
        directive = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", str(name)).lower()
        if directive not in DIRECTIVES:
            close = closest(directive, DIRECTIVES)
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got="a directive that browsers do not know",
                allowed="a directive of a Content Security Policy (img-src, connect-src, ...)",
                fix=f"did you mean {close[0]}?" if close else "remove it",
            )
        for index, value in enumerate(values if is_list(values) else ()):
            if isinstance(value, str) and _KEYWORD.fullmatch(value):
                yield InputError(
                    where=app_config_location(plan, (*path, index)),
                    key=app_config_key((*path, index)),
                    got=f"{quoted(value)}, which names a host here",
                    allowed="the keyword in quotes of its own",
                    fix=f"""write "'{value}'" """.strip(),
                )


def _references(plan: Plan) -> Iterator[InputError]:
    for path, text in texts(plan.app_config.data):
        found = _REFERENCE.search(text)
        if found is not None:
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got=f"${found[1]} inside of a text",
                allowed="a reference as the whole value",
                fix="store the whole text as a secret, and write {$secret: NAME} without quotes",
            )
