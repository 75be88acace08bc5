# A machine with systemd, and the steps of docs/deployment.md on it. Sourced by .ci/systemd.
# shellcheck shell=bash

machine=lockstep-ci-systemd

explain_failure() {
  on systemctl --no-pager --failed || true
  on journalctl --no-pager --lines 40 --output cat --unit 'lockstep-*' --unit temporal --unit notion || true
}

on() { docker exec "$machine" "$@"; }
on_shell() { docker exec --interactive "$machine" bash -euo pipefail -s -- "$@"; }

make_machine() {
  is_made lockstep-ci/systemd && return
  local context=${work:?}/machine version
  version=$(node_tag "${root:?}/Dockerfile")
  version=${version#node:}
  mkdir "$context"
  unpack_node "${version%%-*}" "$context"
  cp "$(temporal_command)" "$context/temporal"
  cp "${stand_ins:?}"/machine/* "$context/"
  build_stand_in lockstep-ci/systemd "$context" <<-'END'
	FROM lockstep-ci/debian
	RUN apt-get update -q && apt-get install -yq --no-install-recommends \
	    systemd systemd-sysv dbus postgresql-15 git ca-certificates && rm -rf /var/lib/apt/lists/*
	COPY local /usr
	COPY temporal /usr/local/bin/
	COPY *.service /etc/systemd/system/
	RUN systemctl enable temporal notion && systemctl mask systemd-logind getty.target
	ENV NODE_EXTRA_CA_CERTS=/usr/local/share/host-certificates.crt
	CMD ["/sbin/init"]
	END
}

start_machine() {
  local cgroups=(--cgroupns=private)
  [ -e /sys/fs/cgroup/cgroup.controllers ] || cgroups=(--volume /sys/fs/cgroup:/sys/fs/cgroup:rw)
  # As --privileged, without the one capability that machines for CI lack.
  docker run --detach --name "$machine" --hostname lockstep --cap-add=ALL --cap-drop=SYS_RESOURCE \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
    "${cgroups[@]}" --tmpfs /run --tmpfs /run/lock \
    --volume "$root:/src:ro" --volume "$stand_ins/notion.js:/srv/notion.mjs:ro" lockstep-ci/systemd
  until_true 60 on systemctl is-active postgresql@15-main temporal
  on systemctl is-system-running --wait || on systemctl --failed
}

# The steps of "systemd" in docs/deployment.md, with a clone of /src.
install_version() {
  on_shell "$1" "$(git -C "$root" rev-parse "$2")" <<-'END'
	id lockstep 2>/dev/null || useradd --system --create-home lockstep
	git config --global --add safe.directory '*'
	git clone --quiet --no-checkout /src "/opt/lockstep/$1" && cd "/opt/lockstep/$1"
	git checkout --quiet "$2"
	npm ci
	node scripts/bundle-workflows.js --all
	npm prune --omit=dev
	ln --symbolic --force --no-dereference "$1" /opt/lockstep/current
	cp deploy/systemd/* /etc/systemd/system/ && systemctl daemon-reload
	END
}

prepare_first() {
  on_shell <<-'END'
	install -D --mode=600 /opt/lockstep/current/.env.example /etc/lockstep/environment
	cat >>/etc/lockstep/environment <<-'ENVIRONMENT'
	DATABASE_URL=postgresql://lockstep:lockstep@127.0.0.1:5432/lockstep
	NOTION_BASE_URL=http://127.0.0.1:8300
	NOTION_TOKEN=ntn_lockstep_ci
	NOTION_REQUESTS_PER_MINUTE=6000
	LOCKSTEP_TIME_ZONE=UTC
	ENVIRONMENT
	runuser -u postgres -- psql --command="CREATE ROLE lockstep LOGIN PASSWORD 'lockstep'"
	runuser -u postgres -- createdb --owner=lockstep lockstep
	mkdir -p /data && ln -sfn /opt/lockstep/current /app
	systemctl restart notion
	END
  until_true 30 on node --eval "fetch('http://127.0.0.1:8300/delay/').catch(() => process.exit(1))"
  prepare
}

prepare() {
  run_as_lockstep migrate
  run_as_lockstep schedule ensure
}

run_as_lockstep() {
  on systemd-run --quiet --pipe --uid=lockstep --property=EnvironmentFile=/etc/lockstep/environment \
    --working-directory=/opt/lockstep/current node bin/lockstep.js "$@"
}

enable_units() {
  on systemctl enable --now lockstep-worker@1 lockstep-worker@2 lockstep-dashboard
  on systemctl is-active lockstep-worker@1 lockstep-worker@2 lockstep-dashboard
  until_true 30 on node --eval "fetch('http://127.0.0.1:8100/healthz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"
}

property() { on systemctl show --value --property="$1" "$2"; }

restarts_killed() {
  on systemctl kill --signal=KILL --kill-whom=main lockstep-worker@1
  until_true 60 has_restarted lockstep-worker@1
}

has_restarted() { [ "$(property NRestarts "$1") $(property ActiveState "$1")" = "1 active" ]; }

upgrade_files() {
  install_version 2 HEAD
  prepare
}

restarts_frozen() {
  until_true 150 has_restarted lockstep-worker@2
  on journalctl --unit lockstep-worker@2 --output cat | grep 'Watchdog timeout'
}

rolls() {
  on_shell <<-'END'
	for n in 1 2; do systemctl restart lockstep-worker@$n; done
	systemctl restart lockstep-dashboard
	END
  local n
  for n in 1 2; do
    [ "$(on readlink "/proc/$(property MainPID "lockstep-worker@$n")/cwd")" = /opt/lockstep/2 ]
  done
  # The second is stopped after the first is ready.
  [ "$(property ActiveEnterTimestampMonotonic lockstep-worker@1)" -lt "$(property InactiveEnterTimestampMonotonic lockstep-worker@2)" ]
}

stops() {
  local started=$SECONDS
  on systemctl stop lockstep-worker@1 lockstep-worker@2 lockstep-dashboard
  [ $((SECONDS - started)) -lt 35 ]
  [ -z "$(on systemctl --failed --no-legend 'lockstep-*')" ]
}
