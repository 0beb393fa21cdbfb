"""The files that the database's pod starts from. They run on the public ``postgres`` image and on an assembled one."""

from __future__ import annotations

from portal.contract import OWN_DATABASE, OWN_ROLE, USER

DATA = "/var/lib/postgresql/data"
FILES = "/etc/portal-database"
PASSWORD_FILE = "/run/secrets/portal-database/password"  # noqa: S105 - a path
SOCKETS = "/run/postgresql"

# PostgreSQL asks the system for the name of its user, and images have different users.
PASSWD = f"postgres:x:{USER}:{USER}::{DATA}:/bin/sh\n"

# The superuser has no password, and can connect only through the pod's own socket.
HBA = f"""\
local all       postgres               trust
host  {OWN_DATABASE}    {OWN_ROLE}      all           scram-sha-256
"""

# Creates the cluster under another name first, so that a pod killed half way leaves nothing that looks finished; then
# brings role, password and database to what they should be, at every start: a changed password needs no other step.
PREPARE = f"""\
set -eu
umask 077
for other in {DATA}/*/PG_VERSION; do
  if [ -e "$other" ] && [ "$other" != "$PGDATA/PG_VERSION" ]; then
    echo "the volume holds data of another PostgreSQL ($other): restore a backup of it into a new volume" >&2
    exit 1
  fi
done
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  rm -rf "$PGDATA.new"
  initdb --pgdata "$PGDATA.new" --username postgres --auth trust --encoding UTF8 \\
    --locale-provider builtin --builtin-locale C.UTF-8 --locale C --data-checksums
  mv "$PGDATA.new" "$PGDATA"
fi
pg_ctl --pgdata "$PGDATA" --wait --silent start \\
  --options "-c listen_addresses= -c unix_socket_directories={SOCKETS} -c hba_file={FILES}/pg_hba.conf"
psql --host {SOCKETS} --username postgres --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \\
  --file {FILES}/role.sql
pg_ctl --pgdata "$PGDATA" --wait --silent --mode fast stop
"""

# psql reads the password from its file. No statement that has it may reach the log.
ROLE_SQL = f"""\
SET log_min_error_statement = panic;
SET log_statement = 'none';
\\set password `cat {PASSWORD_FILE}`
SELECT 'CREATE ROLE {OWN_ROLE} LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWN_ROLE}') \\gexec
ALTER ROLE {OWN_ROLE} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
SELECT 'CREATE DATABASE {OWN_DATABASE} OWNER {OWN_ROLE}'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{OWN_DATABASE}') \\gexec
REVOKE ALL ON DATABASE {OWN_DATABASE} FROM PUBLIC;
"""  # noqa: S608 - constants of ours


def start_command(max_connections: int) -> list[str]:
    """The server itself."""
    settings = {
        "listen_addresses": "*",
        "max_connections": str(max_connections),
        "unix_socket_directories": SOCKETS,
        "hba_file": f"{FILES}/pg_hba.conf",
        "password_encryption": "scram-sha-256",
    }
    return ["postgres", *(word for name, value in settings.items() for word in ("-c", f"{name}={value}"))]


def files() -> dict[str, str]:
    """All files by name."""
    return {"passwd": PASSWD, "pg_hba.conf": HBA, "prepare.sh": PREPARE, "role.sql": ROLE_SQL}
