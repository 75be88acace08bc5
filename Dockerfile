# A worker, and every other command: docker compose run --rm worker node bin/lockstep.js status
FROM node:20.20.2-bookworm-slim AS compiled
WORKDIR /app
COPY package.json package-lock.json tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY prisma prisma
COPY packages/notion-emulator/package.json packages/notion-emulator/
COPY packages/google-emulator/package.json packages/google-emulator/
RUN npm ci --no-audit --no-fund
COPY packages packages
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
COPY packages/notion-emulator/package.json packages/notion-emulator/
COPY packages/google-emulator/package.json packages/google-emulator/
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force
COPY bin bin
COPY packages packages
COPY src src
COPY --from=compiled /app/packages packages
COPY --from=compiled /app/dist dist
RUN node scripts/bundle-workflows.js --all

USER node
ENV NODE_ENV=production LOCKSTEP_HEALTH_ADDRESS=127.0.0.1:9465
# For a worker. Run other commands with --no-healthcheck, or with their own as in docker-compose.yml.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["node", "--eval", "fetch(`http://${process.env.LOCKSTEP_HEALTH_ADDRESS}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/lockstep.js", "worker"]
