# A worker, and every other command: docker compose run --rm worker node bin/lockstep.js status
FROM node:20.20.2-bookworm-slim AS compiled
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY prisma prisma
RUN npm ci --no-audit --no-fund
COPY src src
RUN node scripts/compile.js

FROM node:20.20.2-bookworm-slim

# Temporal's core reads the system's certificates, for a Temporal that speaks TLS.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY package.json package-lock.json ./
COPY scripts scripts
COPY prisma prisma
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY bin bin
COPY src src
COPY --from=compiled /app/dist dist
RUN node scripts/bundle-workflows.js --all

USER node
ENV NODE_ENV=production LOCKSTEP_HEALTH_ADDRESS=127.0.0.1:9465
# A worker's; the other commands run with --no-healthcheck, or one of their own as in docker-compose.yml.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "--eval", "fetch(`http://${process.env.LOCKSTEP_HEALTH_ADDRESS}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/lockstep.js", "worker"]
