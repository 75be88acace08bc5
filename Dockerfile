# A worker, and every other command: docker compose run --rm worker node bin/lockstep.js status
#
# To pin the base image by its digest: --build-arg NODE_IMAGE=node@sha256:…
ARG NODE_IMAGE=node:24.19.0-bookworm-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/notion-emulator/package.json packages/notion-emulator/
COPY packages/google-emulator/package.json packages/google-emulator/
RUN npm ci --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM packages AS program
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY packages packages
COPY src src
RUN node scripts/compile.js && node scripts/bundle-workflows.js --all

FROM packages AS production
COPY scripts/prune-image.js scripts/
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund && node scripts/prune-image.js

FROM ${NODE_IMAGE}

# Temporal's core reads the system's certificates, for a Temporal that speaks TLS.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/* /var/cache/apt/*

WORKDIR /app
# For tools that list what an image contains.
COPY package.json package-lock.json LICENSE ./
# From the least to the most often changed: an upgrade transfers only the layers after the first that differs.
COPY --from=production /app/node_modules node_modules
COPY prisma prisma
COPY bin bin
COPY scripts/fingerprint.js scripts/
COPY --from=program /app/packages packages
COPY --from=program /app/dist dist

ARG VERSION=0.2.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Lockstep" \
  org.opencontainers.image.description="Keeps Notion, PostgreSQL and Google Calendar in sync" \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.base.name="docker.io/library/node"

# The folder to mount for a definition and its migrations.
RUN mkdir /workspace && chown node:node /workspace

USER node
ENV NODE_ENV=production LOCKSTEP_HEALTH_ADDRESS=127.0.0.1:9465 LOCKSTEP_WORKSPACE=/workspace
# For a worker. Run other commands with --no-healthcheck, or with their own as in docker-compose.yml.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "--eval", "fetch(`http://${process.env.LOCKSTEP_HEALTH_ADDRESS}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/lockstep.js", "worker"]
