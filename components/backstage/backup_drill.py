"""The database of a drill: a server of its own in the pod of the drill, whose data goes with the pod.

It is not the portal's server: a drill costs that nothing, needs no rights there, and runs the same way where the
database is a service. It lets in what is in its pod, without a password.
"""

from __future__ import annotations

from portal.contract import BACKUP_WORK, OWN_DATABASE, OWN_ROLE

# Backstage waits until an address answers, so the server has none before the data is there.
DRILL = f"""\
set -eu
umask 077
cd {BACKUP_WORK}
export PGDATA={BACKUP_WORK}/data
initdb --username postgres --auth trust --encoding UTF8 \\
  --locale-provider builtin --builtin-locale C.UTF-8 --locale C --no-sync > initdb.log
# Nothing of this has to survive anything.
common="-c unix_socket_directories={BACKUP_WORK} -c fsync=off -c full_page_writes=off"
common="$common -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=64MB"
pg_ctl --wait --silent --log server.log --options "$common -c listen_addresses=" start
psql --host {BACKUP_WORK} --username postgres --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 \\
  --command 'CREATE ROLE {OWN_ROLE} LOGIN' --command 'CREATE DATABASE {OWN_DATABASE} OWNER {OWN_ROLE}'
touch ready
until [ -e boot ]; do sleep 0.2; done
pg_ctl --wait --silent --mode fast stop
exec postgres $common -c listen_addresses=127.0.0.1
"""
