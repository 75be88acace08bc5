#!/bin/sh
# The `temporal` command of admin-tools. Creates a namespace late.
set -eu
case "$*" in *'namespace create'*) sleep "${LOCKSTEP_CI_DELAY:-0}" ;; esac
exec temporal-cli "$@"
