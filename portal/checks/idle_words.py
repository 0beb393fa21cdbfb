"""Words in app-config that Backstage takes without complaint, and that do nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.appconfig.references import texts
from portal.base.errors import InputError, closest, quoted
from portal.base.json_types import is_list, is_mapping
from portal.base.yaml_document import value_at
from portal.checks.extension_ids import extension_ids
from portal.checks.location import app_config_key, app_config_location
from portal.plan import Plan
from portal.plugins.load import load_plugins

# Almost the same id: plugins that resemble each other have ids that resemble each other less.
NEARLY_THE_SAME = 0.9

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
    """Find providers and extensions that are not in the image, CSP rules of no effect, and references inside texts."""
    yield from _providers(plan)
    yield from _extensions(plan)
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
        if name not in plan.release.sign_in and not any(_squeezed(str(name)) in module for module in modules):
            path = ("auth", "providers", str(name))
            in_image = ", ".join(plan.release.sign_in)
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got="a provider that is not in the image",
                allowed=f"one of {in_image}, or one whose module a record brings",
                fix=f"write `signIn: [{name}]` in portal.yaml if the library has it, or remove it",
            )


def _extensions(plan: Plan) -> Iterator[InputError]:
    """An id that is almost one of the image's. Any other may be an extension of a package that nothing here knows."""
    app = plan.app_config.data.get("app")
    entries = app.get("extensions") if is_mapping(app) else None
    known = {*extension_ids(), *_ids_of_records()}
    owners = {_owner(one) for one in known}
    packages = [_squeezed(name) for name in plan.release.packages]
    for index, entry in enumerate(entries if is_list(entries) else ()):
        for name in entry if is_mapping(entry) else (entry,):
            if not isinstance(name, str) or name in known:
                continue
            owner = _owner(name)
            of_another = owner not in owners and any(package.endswith(_squeezed(owner)) for package in packages)
            close = closest(name, known, cutoff=NEARLY_THE_SAME)
            if close and not of_another:
                path = ("app", "extensions", index, *([name] if is_mapping(entry) else []))
                yield InputError(
                    where=_of_extension(plan, index, name),
                    key=app_config_key(path),
                    got=f"the extension {quoted(name)}, which no installed package has",
                    allowed="the id of an extension",
                    fix=f"did you mean {close[0]}?",
                )


def _of_extension(plan: Plan, index: int, name: str) -> str:
    """Where an entry was written: entries of portal.yaml and of the stack are added up, behind those of records."""
    parts = ((plan.settings.app_config, plan.where), (plan.release.portal.app_config, plan.loaded.document.where))
    for written, where in parts:
        entries = value_at(written, ("app", "extensions"))
        for number, entry in enumerate(entries if is_list(entries) else ()):
            if entry == name:
                return where(("appConfig", "app", "extensions", number))
            if is_mapping(entry) and name in entry:
                return where(("appConfig", "app", "extensions", number, name))
    return app_config_location(plan, ("app", "extensions", index))


def _ids_of_records() -> Iterator[str]:
    for record in load_plugins().values():
        connected = record.connection.extensions if record.connection is not None else ()
        for entry in (*record.extensions, *connected):
            yield from entry if is_mapping(entry) else (str(entry),)


def _owner(extension: str) -> str:
    """The plugin that an extension belongs to."""
    return extension.partition(":")[2].partition("/")[0]


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
