# Docker for .ci/containers and .ci/systemd: packages, the daemon, Compose and buildx. Everything but the packages is
# removed at the end. Sourced.
# shellcheck shell=bash

# The script that sources this file sets it.
: "${name:?}"
work=$(mktemp -d /tmp/lockstep-ci.XXXXXX)
export DOCKER_CONFIG=$work/docker DOCKER_BUILDKIT=1
dockerd_pid=

skip() {
  echo "$name: skipped: $1"
  exit 0
}

install_packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v debootstrap >/dev/null || missing+=(debootstrap)
  [ ${#missing[@]} = 0 ] && return
  # Otherwise the package may start a daemon that nobody stops.
  local policy=/usr/sbin/policy-rc.d is_ours='' status=0
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    is_ours=1
  fi
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${missing[@]}"; } \
    >"$work/apt.log" 2>&1 || status=$?
  [ -z "$is_ours" ] || rm "$policy"
  [ "$status" = 0 ] || skip "apt-get cannot install ${missing[*]}: $(tail -n 1 "$work/apt.log")"
}

require_machine() {
  [ "$(uname -m)" = x86_64 ] || skip "the stand-ins are made for x86_64"
  [ "$(id -u)" = 0 ] || skip "not root"
  command -v apt-get >/dev/null || skip "no apt-get"
  install_packages
}

start_docker() {
  docker version >/dev/null 2>&1 && return
  iptables-save >"$work/iptables" 2>/dev/null || skip "no privilege for iptables"
  cat /proc/sys/net/ipv4/ip_forward >"$work/ip_forward"
  dockerd --storage-driver=overlay2 --log-level=warn >"$work/dockerd.log" 2>&1 &
  dockerd_pid=$!
  for _ in $(seq 60); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$dockerd_pid" 2>/dev/null || break
    sleep 0.5
  done
  # Without this, the daemon counts as started.
  docker version >/dev/null 2>&1 || skip "dockerd does not start: $(grep -v level=info "$work/dockerd.log" | tail -n 1)"
}

# Compose and buildx of Debian trixie: bookworm has none.
install_plugins() {
  local lists=$work/apt
  mkdir -p "$lists/partial" "$work/plugins" "$DOCKER_CONFIG/cli-plugins"
  echo 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian trixie main' \
    >"$work/trixie.list"
  local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/trixie.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$lists" -o "Dir::Cache=$lists" -o APT::Sandbox::User=root)
  "${apt[@]}" update
  (cd "$work/plugins" && "${apt[@]}" download docker-compose docker-buildx)
  local package
  for package in "$work"/plugins/*.deb; do dpkg-deb -x "$package" "$work/plugins"; done
  cp "$work"/plugins/usr/libexec/docker/cli-plugins/* "$DOCKER_CONFIG/cli-plugins/"
}

restore_iptables() {
  if [ -s "$work/iptables" ]; then
    iptables-restore <"$work/iptables"
    return
  fi
  # There were no rules.
  local table
  for table in filter nat; do
    iptables --table "$table" --flush
    iptables --table "$table" --delete-chain
  done
  iptables --policy FORWARD ACCEPT
}

stop_docker() {
  [ -n "$dockerd_pid" ] || return 0
  kill "$dockerd_pid" 2>/dev/null || true
  wait "$dockerd_pid" 2>/dev/null || true
  ip link delete docker0 2>/dev/null || true
  restore_iptables
  cat "$work/ip_forward" >/proc/sys/net/ipv4/ip_forward
}
