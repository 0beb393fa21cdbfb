"""The files that Backstage's pod mounts, and the environment that its start modules read."""

from __future__ import annotations

from components.backstage.end_if_start_fails import END_IF_START_FAILS
from components.backstage.load_ahead import LOAD_AHEAD
from components.backstage.start_lock import START_LOCK
from components.backstage.wait_for_database import WAIT_FOR_DATABASE
from portal.contract import CONFIG_FILE, PORTAL_FOLDER

# Node imports these before Backstage, in this order.
START_MODULES = {
    f"{PORTAL_FOLDER}/load-ahead.mjs": LOAD_AHEAD,
    f"{PORTAL_FOLDER}/wait-for-database.mjs": WAIT_FOR_DATABASE,
    f"{PORTAL_FOLDER}/take-turns.mjs": START_LOCK,
    f"{PORTAL_FOLDER}/end-if-start-fails.mjs": END_IF_START_FAILS,
}
AUTHORITY_FILE = f"{PORTAL_FOLDER}/database-authority.pem"


def file_name(path: str) -> str:
    """The key in the ConfigMap of the file that is mounted at ``path``."""
    return path.rpartition("/")[2]


def start_files(app_config: str, authority: str | None) -> dict[str, str]:
    """All files of the ConfigMap, by name. ``authority`` (PEM) signed the database's certificate."""
    files = {CONFIG_FILE: app_config, **START_MODULES}
    if authority is not None:
        files[AUTHORITY_FILE] = authority
    return {file_name(path): content for path, content in files.items()}
