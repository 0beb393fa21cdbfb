"""The pod has every variable and every file that app-config names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from posixpath import normpath

from portal.appconfig.references import files, texts, variables
from portal.appconfig.visibility import holds_secret
from portal.base.errors import InputError, SituationError, closest
from portal.base.names import is_secret_name
from portal.checks.location import app_config_key, app_config_location
from portal.contract import (
    APP_FOLDER,
    DATABASE_AUTHORITY_FILE,
    DATABASE_PASSWORD_FILE,
    SECRETS_FOLDER,
    TOKEN_FOLDER,
)
from portal.plan import Plan
from portal.stack.connections import secret_command

# Files of the portal, of the cluster (for a pod with a token), and of the image.
KNOWN_FOLDERS = (
    *(f"{SECRETS_FOLDER}/", DATABASE_PASSWORD_FILE, DATABASE_AUTHORITY_FILE),
    *(f"{TOKEN_FOLDER}/", f"{APP_FOLDER}/"),
)


def check_references(plan: Plan) -> Iterator[InputError]:
    """Find what the pod lacks. An unset ``${VARIABLE}`` removes its key, and a missing ``$file`` stops Backstage."""
    data, known = plan.app_config.data, plan.resolved.pod_environment
    for path, text in texts(data):
        for name, has_default in variables(text):
            if name not in known and not has_default:
                yield InputError(
                    where=app_config_location(plan, path),
                    key=app_config_key(path),
                    got=f"${{{name}}}, which nothing sets",
                    allowed=f"one of {', '.join(known)}, or a secret as {{$secret: NAME}}",
                    fix=_as_secret(plan, name, text) if holds_secret(path, plan.schema) else _meant(name, known),
                )
    for path, written in files(data):
        # `/app/../proc/self/environ` is a file of the pod too.
        file = normpath(written)
        in_secrets = file.startswith(f"{SECRETS_FOLDER}/")
        name = file.removeprefix(f"{SECRETS_FOLDER}/")
        if in_secrets and name not in _known_secrets(plan):
            yield SituationError(
                f"{app_config_key(path)} names the secret {name}, and this stack does not have it",
                f"store it with {secret_command(name, plan.stack)}",
                where=app_config_location(plan, path),
            )
        elif _missing(plan, file) or not file.startswith(KNOWN_FOLDERS):
            yield InputError(
                where=app_config_location(plan, path),
                key=app_config_key(path),
                got=f"the file {file}, which the pod does not have",
                allowed="a secret of the stack",
                fix="write {$secret: NAME}, and store the value with `portal secrets set NAME`",
            )


def _as_secret(plan: Plan, name: str, text: str) -> str:
    """What to do about a variable where a secret belongs, which is the whole value."""
    name = name if is_secret_name(name) else "NAME"
    what = "it" if text.strip() == f"${{{name}}}" else "the whole text"
    return f"store {what} with {secret_command(name, plan.stack)}, and write {{$secret: {name}}}"


def _meant(name: str, known: Collection[str]) -> str:
    close = closest(name, known)
    return f"did you mean {close[0]}?" if close else "write the value itself, or $${ where the text has a ${"


def _missing(plan: Plan, file: str) -> bool:
    """Whether a file would be a secret's, and there is no such secret."""
    return file.startswith(f"{SECRETS_FOLDER}/") and file.removeprefix(f"{SECRETS_FOLDER}/") not in _known_secrets(plan)


def _known_secrets(plan: Plan) -> set[str]:
    return {*plan.needs, *plan.settings.secrets, *plan.settings.secrets_manager}
