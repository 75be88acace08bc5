#!/bin/sh
# temporal-sql-tool --db NAME create|setup-schema|update-schema: needs the server and the password, but has no schema.
set -eu
: "${SQL_PLUGIN:?}"
[ "$1" = --db ]
export PGHOST="$SQL_HOST" PGPORT="$SQL_PORT" PGUSER="$SQL_USER" PGPASSWORD="$SQL_PASSWORD"
case $3 in
create) psql --quiet --dbname=postgres --command="CREATE DATABASE $2" || psql --quiet --dbname="$2" --command='SELECT' ;;
setup-schema | update-schema) psql --quiet --dbname="$2" --command='SELECT' >/dev/null ;;
*) echo "unknown command: $3" >&2 && exit 1 ;;
esac
