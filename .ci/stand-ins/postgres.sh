#!/bin/bash
# As the entrypoint of the image postgres: a new volume is set up by a server that answers on its socket only.
set -euo pipefail
data=/var/lib/postgresql/data
programs=$(echo /usr/lib/postgresql/*/bin)
if [ "$(id -u)" = 0 ]; then
  mkdir -p "$data" /var/run/postgresql
  chown postgres "$data" /var/run/postgresql
  chmod 700 "$data"
  exec gosu postgres "$0"
fi
if [ ! -s "$data/PG_VERSION" ]; then
  "$programs/initdb" --pgdata="$data" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 >/dev/null
  printf 'host all all all scram-sha-256\n' >>"$data/pg_hba.conf"
  "$programs/pg_ctl" --pgdata="$data" --options="-c listen_addresses=''" --wait start
  createdb --username="$POSTGRES_USER" "$POSTGRES_DB"
  sleep "${LOCKSTEP_CI_DELAY:-0}"
  "$programs/pg_ctl" --pgdata="$data" --mode=fast --wait stop
fi
exec "$programs/postgres" -D "$data" -c listen_addresses='*'
