"""What dumps a database: a shell script and statements for psql, which run with the database's own client.

The dump and the list of what is in it are of the same moment: psql opens a transaction, and pg_dump reads in its
snapshot (https://www.postgresql.org/docs/18/functions-admin.html#FUNCTIONS-SNAPSHOT-SYNCHRONIZATION). The list has, for
each table, the number of its rows and a checksum that does not depend on their order: the sum of the first eight bytes
of each row's MD5. That finds damage, and is no protection against somebody who wants two tables to look the same.

Both images that a portal's database can have run them: one has a Debian userland, the other little more than a shell.
"""

from __future__ import annotations

from portal.contract import (
    ASIDE,
    BACKUP_WORK,
    DATABASE_AUTHORITY,
    DATABASE_HOST,
    DATABASE_NAME,
    DATABASE_PASSWORD_PATH,
    DATABASE_PORT,
    DATABASE_TLS,
    DATABASE_USER,
    PORTAL_FOLDER,
)

CONNECT_FILE = f"{PORTAL_FOLDER}/connect.sh"
DUMP_FILE = f"{PORTAL_FOLDER}/dump.sh"
SNAPSHOT_FILE = f"{PORTAL_FOLDER}/snapshot.sql"
CONTENT_FILE = f"{PORTAL_FOLDER}/content.sql"

# Tries for two minutes: at a first deployment the database may still start.
CONNECT = f"""\
set -eu
umask 077
fail() {{
  echo "$1" >&2
  [ ! -w /dev/termination-log ] || echo "$1" > /dev/termination-log
  exit 1
}}
export PGHOST="${DATABASE_HOST}" PGPORT="${DATABASE_PORT}" PGUSER="${DATABASE_USER}" PGDATABASE="${DATABASE_NAME}"
export PGCONNECT_TIMEOUT=5 PGPASSFILE={BACKUP_WORK}/password
if [ -n "${{{DATABASE_TLS}:-}}" ]; then
  export PGSSLMODE=verify-full PGSSLROOTCERT="${DATABASE_AUTHORITY}"
fi
# https://www.postgresql.org/docs/18/libpq-pgpass.html
printf '*:*:*:*:%s\\n' "$(sed 's/[\\\\:]/\\\\&/g' "${DATABASE_PASSWORD_PATH}")" > "$PGPASSFILE"
tries=0
until said=$(psql --no-psqlrc --quiet --tuples-only --command 'SELECT 1' 2>&1 >/dev/null); do
  tries=$((tries + 1))
  [ "$tries" -lt 60 ] || fail "no connection to the database: $said"
  sleep 2
done
"""

DUMP = f"""\
. {CONNECT_FILE}
cd {BACKUP_WORK}
rm -f dump content migrations filter failed foreign
said=$(psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 --file {SNAPSHOT_FILE} 2>&1) \\
  || fail "the database could not be read: $said"
[ ! -s foreign ] || fail "another role owns schemas of the portal, so they would be missing: $(cat foreign)"
[ ! -e failed ] || fail "pg_dump failed: $(cat failed)"
[ -s dump ] || fail "pg_dump wrote nothing"
echo "dumped $(wc -c < dump) bytes"
"""

# Text that rows become in every session alike.
_SAME_TEXT = """\
SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET search_path = pg_catalog;
"""

# What belongs to the portal: the schemas of its role. Those that a restore put aside do not.
OWN_SCHEMA = "nspowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)"
_SCHEMAS = f"{OWN_SCHEMA} AND nspname NOT LIKE '{ASIDE}%'"

CONTENT = f"""\
{_SAME_TEXT}
SELECT coalesce(string_agg(format(
  'SELECT %L AS "schema", %L AS "table", count(*) AS "rows", coalesce(sum((''x'' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text AS "checksum" FROM %I.%I t',
  nspname, relname, nspname, relname), ' UNION ALL '),
  'SELECT NULL AS "schema", NULL AS "table", 0 AS "rows", NULL AS "checksum" WHERE false') AS content
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind = 'r' AND {_SCHEMAS} \\gset
"""  # noqa: E501, S608 - one format for one statement; constants of ours

# A restore renames schemas, and names in statements would mean other tables from then on: whoever restores has the lock
# alone, and whoever dumps shares it. The number has no meaning.
RESTORE_LOCK = 7008

SNAPSHOT = f"""\
SELECT pg_advisory_lock_shared({RESTORE_LOCK});
BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;
\\o foreign
SELECT DISTINCT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relname LIKE '%knex\\_migrations' AND NOT ({OWN_SCHEMA}) AND has_schema_privilege(nspname, 'USAGE');
\\o
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\o filter
SELECT format('include schema %I', nspname) FROM pg_namespace WHERE {_SCHEMAS} ORDER BY nspname;
SELECT 'exclude schema *' WHERE NOT EXISTS (SELECT FROM pg_namespace WHERE {_SCHEMAS});
\\o
\\! pg_dump --snapshot="$SNAPSHOT" --filter=filter --format=custom --compress=gzip --no-owner --no-privileges --file=dump 2>dump.log || cp dump.log failed
\\i {CONTENT_FILE}
\\o content
SELECT coalesce(json_agg(t ORDER BY "schema", "table"), '[]') FROM (:content) t;
\\o
SELECT coalesce(string_agg(format(
  'SELECT %L AS "list", coalesce(json_agg(name ORDER BY id), ''[]'') AS names FROM %I.%I',
  nspname || '.' || relname, nspname, relname), ' UNION ALL '), 'SELECT '''' AS "list", ''[]''::json AS names WHERE false')
  AS lists
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relname LIKE '%knex\\_migrations' AND {_SCHEMAS} \\gset
\\o migrations
SELECT coalesce(json_object_agg("list", names), '{{}}') FROM (:lists) t;
\\o
COMMIT;
"""  # noqa: E501, S608 - an option more is a line longer; constants of ours
