#!/bin/sh
# In place of the server with PostgreSQL: the development server, which keeps its state in a file.
set -eu
: "${POSTGRES_SEEDS:?}" "${POSTGRES_PWD:?}" "${DYNAMIC_CONFIG_FILE_PATH:?}"
exec temporal-cli server start-dev --headless --ip 0.0.0.0 --db-filename /data/temporal.db --log-level error
