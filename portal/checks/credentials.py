"""No credential in the clear: app-config is in Git and in a ConfigMap, so it may only name secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from portal.appconfig.references import is_file_reference, variables
from portal.appconfig.visibility import secret_paths
from portal.base.errors import InputError, SituationError, closest
from portal.base.hosts import addresses
from portal.base.json_types import is_mapping
from portal.base.yaml_document import KeyPath, show_path, value_at
from portal.checks.door import Node, View, nodes_of
from portal.checks.location import app_config_key, app_config_location
from portal.contract import DATABASE_ENVIRONMENT, DATABASE_PASSWORD_FILE, SECRETS_FOLDER, TOKEN_FOLDER
from portal.plan import Plan

FIX = "have a new one issued, store it with `portal secrets set NAME`, and write {$secret: NAME}"

# Where the pod's secrets are. Any other file is in the image, for everybody who can pull it.
_SECRET_FILES = (f"{SECRETS_FOLDER}/", DATABASE_PASSWORD_FILE, f"{TOKEN_FOLDER}/")

# The shapes of well-known tokens; the first letters are their issuers'.
# https://docs.github.com/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
_SHAPES = re.compile(
    r"\bgh[pousr]_\w{6,}|\bgithub_pat_\w{6,}|\bglpat-[\w-]{8,}|\bgl(?:dt|rt|soat|ptt)-[\w-]{8,}"
    r"|\bxox[abceprs]-[\w-]{8,}|\bxapp-[\w-]{8,}|\bhooks\.slack\.com/services/\w+/\w+"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bsntry[su]_\w{6,}|\bglsa_\w{8,}|\bglc_\w{8,}|\bAIza[\w-]{30,}|\bya29\.[\w-]{10,}"
    r"|\bATATT3?[\w-]{8,}|\bATCTT3?[\w-]{8,}|\bdckr_pat_[\w-]{8,}|\bnpm_\w{16,}|\bpypi-[\w-]{16,}|\bhvs\.[\w-]{12,}"
    r"|\b[rs]k_(?:live|test)_\w{8,}|\bsk-[\w-]{20,}|\bSG\.[\w-]{8,}\.[\w-]{8,}|\bdop_v1_\w{12,}|\bNRAK-\w{12,}"
    r"|\bsqp_\w{12,}|\bsqu_\w{12,}|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAGE-SECRET-KEY-1\w+"
    r"|^\s*(?:bearer|basic|token|apikey|negotiate)\s+[^\s${][\w.~+/=:-]{3,}\s*$"
    r"|[?&](?:access_token|token|sig|signature|password|pwd|api_?key|secret|client_secret)=[^&\s${]{4,}"
    r"|\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Password|Pwd)=[^;\s${]{3,}",
    re.IGNORECASE | re.MULTILINE,
)
_VARIABLE = re.compile(r"(?:(?:bearer|basic|token|apikey)\s+)?\$\{\w+\}", re.IGNORECASE)
# What a key is called that holds a credential, in schemas that leave it open: headers of proxies, own plugins.
_NAMES = re.compile(
    r"(password|passwd|passphrase|secret|token|apikey|privatekey|accesskey|secretkey|secretaccesskey|signingkey"
    r"|accountkey|encryptionkey|clientsecret|webhooksecret|authkey|pat)$"
)
_HEADER_NAMES = re.compile(r"auth|token|key|secret|cookie|password|credential|session")
# What refers to a value elsewhere: Backstage's own forms, of which the portal has `$file` alone, and ours.
_REFERENCES = ("$secret", "$file", "$env", "$include", "$data")
_INSIDE = re.compile(r"\{\s*['\"]?\$secrets?\b|\$secret\s*[:{(]")
# Certificates, and names of users and of apps. Schemas call some of them secret, and everybody may see them.
_NO_CREDENTIALS = {"ca", "cafile", "cadata", "username", "user", "clientid", "appid", "tenantid"}
# Headers that are called like a credential and hold none:
# https://developer.atlassian.com/server/jira/platform/form-token-handling (X-Atlassian-Token).
_CONSTANTS = {("xatlassiantoken", "no-check"), ("xatlassiantoken", "nocheck")}
# The schema calls all of a database's connection secret. These say only how to sign in to it.
_HOW_TO_CONNECT = {("backend", "database", "connection", key) for key in ("type", "region")}


def check_credentials(plan: Plan) -> Iterator[InputError]:
    """Find credentials in the clear. The sentences never repeat a value."""
    view = View(plan)
    found: set[KeyPath] = set()
    for path in secret_paths(view.data, plan.schema):
        value = value_at(view.data, path)
        if any(map(is_unknown_reference, path)) or (isinstance(value, str) and _INSIDE.search(value)):
            # What is meant is a secret, and `_malformed` says how it is written.
            continue
        public = path in _HOW_TO_CONNECT or Node(path, value).name in _NO_CREDENTIALS
        if not public and not _is_reference(value) and not _is_variable(value):
            found.add(path)
            yield _in_clear(plan, path, "a text in a key that holds a credential")
    for node in view.nodes:
        if node.path not in found and not view.is_derived(node) and (what := _looks_like(node)):
            found.add(node.path)
            yield _in_clear(plan, node.path, what)
    yield from _in_settings(plan)
    yield from _malformed(plan)


def looks_like_credential(text: str) -> bool:
    """Whether a text has a credential's shape, or an address with a user or a password in it."""
    return _SHAPES.search(text) is not None or any(found.user for found in addresses(text))


def _is_variable(value: object) -> bool:
    """Whether a text is only a variable, perhaps behind a word such as Bearer. Nobody has seen a value in it.

    That nothing sets the variable is another check's to say.
    """
    return isinstance(value, str) and _VARIABLE.fullmatch(value.strip()) is not None


def is_unknown_reference(key: object) -> bool:
    """Whether a key is a reference that is not replaced: one of Backstage's, a misspelled one, or one beside others."""
    return isinstance(key, str) and key.startswith("$") and key != "$file" and bool(closest(key, _REFERENCES, 0.75))


def _is_reference(value: object) -> bool:
    """Whether a value names a secret: a file of one, or a variable that the deployment sets."""
    if is_file_reference(value) and is_mapping(value):
        return str(value["$file"]).startswith(_SECRET_FILES)
    if isinstance(value, str):
        named = variables(value)
        return len(named) == 1 and named[0] in [(name, False) for name in DATABASE_ENVIRONMENT]
    return value in (None, "") or isinstance(value, bool)


def _looks_like(node: Node) -> str | None:
    """What makes a value look like a credential; None for any other."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, str | int) or node.path[-1] == "$file" or value == "":
        return None
    text = str(value)
    if any(found.user for found in addresses(text)):
        return "an address with a user or a password in it"
    if _SHAPES.search(text):
        return "a text that looks like a credential"
    if (node.name, text) in _CONSTANTS:
        return None
    named = isinstance(node.path[-1], str) and _NAMES.search(node.name)
    header = "headers" in node.path[:-1] and _HEADER_NAMES.search(node.name)
    if (named or header) and not _is_variable(text):
        return "a text in a key that is called like a credential"
    return None


def _in_clear(plan: Plan, path: KeyPath, what: str) -> InputError:
    return InputError(
        where=app_config_location(plan, path),
        key=app_config_key(path),
        got=what,
        allowed="{$secret: NAME}",
        fix=f"everybody who can read the file has seen it: {FIX}",
    )


def _in_settings(plan: Plan) -> Iterator[InputError]:
    """Credentials in other settings: annotations, options of plugins, addresses."""
    left_out = {"secrets", "app_config"}
    files = (
        (plan.settings, "portal:", plan.where),
        (plan.release.portal, "", plan.loaded.document.where),
    )
    for model, prefix, where in files:
        written = model.model_dump(by_alias=True, mode="json", exclude=left_out)
        for node in nodes_of(written):
            what = _looks_like(node) if not _NAMES.search(node.name) else None
            if what is not None:
                path: KeyPath = tuple(part for part in node.path if part != "options")
                yield InputError(
                    where=where(path),
                    key=f"{prefix}{show_path(path)}",
                    got=what,
                    allowed="a value that everybody may see",
                    fix="remove it, and have a new one issued: everybody who can read the file has seen it",
                )


def _malformed(plan: Plan) -> Iterator[InputError]:
    """References that Backstage would take as they stand: ``$secret`` inside a text, or beside other keys."""
    for node in nodes_of(plan.app_config.data):
        last = node.path[-1]
        inside = isinstance(node.value, str) and _INSIDE.search(node.value)
        if inside:
            yield SituationError(
                f"{app_config_key(node.path)} has $secret inside of a text, which stays as it is",
                "write {$secret: NAME} as the whole value, and store the whole text:"
                " `portal secrets set NAME` with `Bearer ...`",
                where=app_config_location(plan, node.path),
            )
        elif is_unknown_reference(last):
            yield SituationError(
                f"{app_config_key(node.path)} is nothing that the portal knows",
                "write {$secret: NAME} as the whole value; there is no $env and no $include",
                where=app_config_location(plan, node.path),
            )
        elif last == "$file":
            whole = value_at(plan.app_config.data, node.path[:-1])
            if not is_file_reference(whole) or not isinstance(node.value, str):
                yield SituationError(
                    f"{app_config_key(node.path[:-1])} has other keys beside its secret",
                    "write {$secret: NAME} as the whole value",
                    where=app_config_location(plan, node.path[:-1]),
                )
