"""The files that Backstage's pod mounts, and the modules that Node imports before Backstage."""

from __future__ import annotations

import json

from components.backstage.args import Start
from components.backstage.database_access import database_files
from components.backstage.database_client import database_client
from components.backstage.end_if_start_fails import END_IF_START_FAILS
from components.backstage.javascript import QUESTIONS_FILE
from components.backstage.load_ahead import LOAD_AHEAD
from components.backstage.start_lock import START_LOCK
from components.backstage.verify import ASK, VERIFY_START
from components.backstage.wait_for_database import WAIT_FOR_DATABASE
from components.database.connection import DatabaseConnection
from portal.contract import CONFIG_FILE, PORTAL_FOLDER

_FIRST = {
    f"{PORTAL_FOLDER}/load-ahead.mjs": LOAD_AHEAD,
    f"{PORTAL_FOLDER}/wait-for-database.mjs": WAIT_FOR_DATABASE,
}
_TURNS = {f"{PORTAL_FOLDER}/take-turns.mjs": START_LOCK}
_LAST = {
    f"{PORTAL_FOLDER}/end-if-start-fails.mjs": END_IF_START_FAILS,
    f"{PORTAL_FOLDER}/verify-start.mjs": VERIFY_START,
}


def start_modules(*, migrates: bool) -> dict[str, str]:
    """The modules by path, in the order in which Node imports them. ``migrates``: plugins do it when they start."""
    return {**_FIRST, **(_TURNS if migrates else {}), **_LAST}


def start_files(start: Start, database: DatabaseConnection) -> dict[str, str]:
    """All files of the pod's ConfigMap, by path."""
    return {
        CONFIG_FILE: start.app_config,
        QUESTIONS_FILE: json.dumps(start.questions, indent=1, sort_keys=True),
        **start_modules(migrates=start.migrates),
        f"{PORTAL_FOLDER}/ask.mjs": ASK,
        **({f"{PORTAL_FOLDER}/database-client.mjs": database_client(database)} if start.migrates else {}),
        **database_files(database),
    }
