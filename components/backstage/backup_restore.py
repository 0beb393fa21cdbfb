"""What puts a dump back: a shell script and statements for psql. People run it with ``portal restore``.

``put`` does all of it in one transaction: it renames the portal's schemas, restores those of the dump, and compares
every table with the list that was made with the dump. If anything fails, the database is as it was. ``discard`` deletes
what ``put`` has put aside, and ``undo`` brings it back.
"""

from __future__ import annotations

from components.backstage.backup_dump import CONNECT_FILE, CONTENT_FILE, OWN_SCHEMA
from portal.contract import ASIDE, BACKUP_WORK, PORTAL_FOLDER

RESTORE_FILE = f"{PORTAL_FOLDER}/restore.sh"

_OWN = f"FROM pg_namespace WHERE {OWN_SCHEMA}"
_CURRENT = f"{_OWN} AND nspname NOT LIKE '{ASIDE}%'"
_ASIDE = f"{_OWN} AND nspname LIKE '{ASIDE}%'"
_RENAME_ASIDE = f"SELECT format('ALTER SCHEMA %I RENAME TO %I', nspname, '{ASIDE}' || nspname) {_CURRENT} \\gexec"
_RENAME_BACK = (
    f"SELECT format('ALTER SCHEMA %I RENAME TO %I', nspname, substr(nspname, {len(ASIDE) + 1})) {_ASIDE} \\gexec"
)
_DROP_CURRENT = f"SELECT format('DROP SCHEMA %I CASCADE', nspname) {_CURRENT} \\gexec"
_DROP_ASIDE = f"SELECT format('DROP SCHEMA %I CASCADE', nspname) {_ASIDE} \\gexec"

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
changes() {{
  printf '%s\\n' 'BEGIN;' "$@" 'COMMIT;' | run > log 2>&1 || fail "PostgreSQL refused: $(tail -n 3 log)"
}}
case "$1" in
  aside)
    count
    ;;
  put)
    [ "$(count)" = 0 ] || fail "an earlier restore has put schemas aside, which are still there"
    rm -f differs restored
    {{
      cat <<'SQL'
BEGIN;
{_RENAME_ASIDE}
SQL
      if pg_restore --no-owner --no-privileges --file=- dump 2>restore.log; then
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
    }} | run > log 2>&1 || fail "PostgreSQL refused what is in the dump, and nothing was changed: $(tail -n 3 log)"
    [ ! -s differs ] || fail "what was restored differs from what was dumped, so nothing was changed: $(head -n 5 differs)"
    [ -e restored ] || fail "the dump cannot be read, and nothing was changed: $(tail -n 3 restore.log)"
    ;;
  discard)
    changes "{_DROP_ASIDE}"
    ;;
  undo)
    [ "$(count)" != 0 ] || fail "nothing was put aside"
    changes "{_DROP_CURRENT}" "{_RENAME_BACK}"
    ;;
  *)
    fail "put, undo, discard or aside"
    ;;
esac
"""  # noqa: E501, S608 - sentences of one line; constants of ours
