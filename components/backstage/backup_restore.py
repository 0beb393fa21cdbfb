"""What puts a dump back: a shell script and statements for psql. People run it with ``portal restore``.

``put`` does all of it in one transaction: it renames the portal's schemas, restores those of the dump, and compares
every table with the list that was made with the dump. If anything fails, the database is as it was. ``discard`` deletes
what ``put`` has put aside, and ``undo`` brings it back. ``settle`` ends a ``put`` that nobody waits for any more, and
says how many schemas are aside after that.
"""

from __future__ import annotations

from components.backstage.backup_dump import CONNECT_FILE, CONTENT_FILE, OWN_SCHEMA, RESTORE_LOCK
from portal.contract import ASIDE, BACKUP_WORK

_OWN = f"FROM pg_namespace WHERE {OWN_SCHEMA}"
_CURRENT = f"{_OWN} AND nspname NOT LIKE '{ASIDE}%'"
_ASIDE = f"{_OWN} AND nspname LIKE '{ASIDE}%'"
_RENAME_ASIDE = f"SELECT format('ALTER SCHEMA %I RENAME TO %I', nspname, '{ASIDE}' || nspname) {_CURRENT} \\gexec"
_RENAME_BACK = (
    f"SELECT format('ALTER SCHEMA %I RENAME TO %I', nspname, substr(nspname, {len(ASIDE) + 1})) {_ASIDE} \\gexec"
)
_DROP_CURRENT = f"SELECT format('DROP SCHEMA %I CASCADE', nspname) {_CURRENT} \\gexec"
_DROP_ASIDE = f"SELECT format('DROP SCHEMA %I CASCADE', nspname) {_ASIDE} \\gexec"

_SESSION = "portal-restore"
_LOCK = f"SELECT pg_advisory_xact_lock({RESTORE_LOCK});"

# Without COMMIT, whatever ends psql leaves the database as it was: so that stands last, and is only sent after a dump
# that pg_restore read to its end.
RESTORE = f"""\
. {CONNECT_FILE}
cd {BACKUP_WORK}
# What DROP and CREATE say of each object is no error.
export PGOPTIONS='-c client_min_messages=warning'
run() {{
  psql --no-psqlrc --quiet --no-align --tuples-only --set ON_ERROR_STOP=1 "$@"
}}
count() {{
  run --command "SELECT count(*) {_ASIDE}"
}}
settle() {{
  run --command "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE usename = current_user AND application_name = '{_SESSION}'" > log 2>&1 || fail "PostgreSQL refused: $(tail -n 3 log)"
  # Whatever had begun is over once the lock is free.
  run --command "BEGIN; {_LOCK} COMMIT" > log 2>&1 || fail "PostgreSQL refused: $(tail -n 3 log)"
}}
changes() {{
  printf '%s\\n' 'BEGIN;' "{_LOCK}" "$@" 'COMMIT;' | run > log 2>&1 || fail "PostgreSQL refused: $(tail -n 3 log)"
}}
case "$1" in
  aside)
    count
    ;;
  settle)
    settle
    count
    ;;
  put)
    rm -f differs restored aside unread
    {{
      cat <<'SQL'
BEGIN;
{_LOCK}
SELECT EXISTS (SELECT {_ASIDE}) AS aside \\gset
\\if :aside
\\! touch aside
ROLLBACK;
\\q
\\endif
{_RENAME_ASIDE}
SQL
      # In its header, a pg_restore of 17 or later sets what an earlier server does not know.
      {{ pg_restore --no-owner --no-privileges --file=- dump 2>restore.log || touch unread; }} \\
        | sed '1,40{{/^SET transaction_timeout = 0;$/d;}}'
      if [ ! -e unread ]; then
        cat <<'SQL'
CREATE TEMPORARY TABLE expected ("schema" text, "table" text, "rows" bigint, "checksum" text) ON COMMIT DROP;
\\copy pg_temp.expected FROM 'expected' WITH (FORMAT csv)
\\i {CONTENT_FILE}
CREATE TEMPORARY TABLE found ON COMMIT DROP AS SELECT * FROM (:content) t;
\\o differs
SELECT DISTINCT "schema" || '.' || "table" FROM (
  (TABLE pg_temp.expected EXCEPT TABLE pg_temp.found) UNION ALL (TABLE pg_temp.found EXCEPT TABLE pg_temp.expected)
) t;
\\o
SELECT EXISTS (TABLE pg_temp.expected EXCEPT TABLE pg_temp.found)
  OR EXISTS (TABLE pg_temp.found EXCEPT TABLE pg_temp.expected) AS differs \\gset
\\if :differs
ROLLBACK;
\\q
\\endif
COMMIT;
\\! touch restored
ANALYZE;
SQL
      else
        echo '\\q'
      fi
    }} | PGAPPNAME={_SESSION} run > log 2>&1 || ended=$?
    [ ! -e aside ] || fail "an earlier restore has put schemas aside, which are still there"
    [ ! -s differs ] || fail "what was restored differs from what was dumped, so nothing was changed: $(head -n 5 differs)"
    if [ ! -e restored ]; then
      [ -z "${{ended:-}}" ] || fail "PostgreSQL refused what is in the dump, and nothing was changed: $(tail -n 3 log)"
      fail "the dump cannot be read, and nothing was changed: $(tail -n 3 restore.log)"
    fi
    ;;
  discard)
    changes "{_DROP_ASIDE}"
    ;;
  undo)
    settle
    [ "$(count)" != 0 ] || fail "nothing was put aside"
    changes "{_DROP_CURRENT}" "{_RENAME_BACK}"
    ;;
  *)
    fail "put, settle, undo, discard or aside"
    ;;
esac
"""  # noqa: E501, S608 - sentences of one line; constants of ours
