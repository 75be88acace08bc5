import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { z } from 'zod';

const text = (path: string): string => readFileSync(path, 'utf8');

const probe = z.looseObject({ httpGet: z.looseObject({ port: z.string() }) });
const container = z.looseObject({
  ports: z.array(z.looseObject({ name: z.string() })).default([]),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  volumeMounts: z.array(z.looseObject({ name: z.string() })),
});
const labels = z.record(z.string(), z.string());
const deployment = z.looseObject({
  spec: z.looseObject({
    selector: z.looseObject({ matchLabels: labels }),
    template: z.looseObject({
      metadata: z.looseObject({ labels }),
      spec: z.looseObject({
        terminationGracePeriodSeconds: z.int(),
        initContainers: z.array(container),
        containers: z.array(container),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});

// Unknown fields and Pod Security: .ci/kubernetes, with the code of Kubernetes itself.
describe('the Kubernetes manifests', () => {
  const documents = parseAllDocuments(text('deploy/kubernetes/lockstep.yaml'), { strict: true, uniqueKeys: true });

  test('select their own pods, mount only their volumes, and name ports that exist', () => {
    expect(documents.length).toBeGreaterThan(0);
    for (const found of documents.map((document) => deployment.parse(document.toJS()))) {
      const { metadata, spec } = found.spec.template;
      expect(found.spec.selector.matchLabels).toEqual(metadata.labels);
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(28);
      const volumes = spec.volumes.map(({ name }) => name);
      for (const { volumeMounts, ports, ...probes } of [...spec.initContainers, ...spec.containers]) {
        for (const { name } of volumeMounts) expect(volumes).toContain(name);
        for (const one of [probes.startupProbe, probes.livenessProbe, probes.readinessProbe])
          if (one) expect(ports.map(({ name }) => name)).toContain(one.httpGet.port);
      }
    }
  });
});

const service = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  restart: z.string(),
  read_only: z.boolean().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  logging: z.looseObject({ options: z.looseObject({ 'max-size': z.string(), 'max-file': z.string() }) }),
  depends_on: z.record(z.string(), z.strictObject({ condition: z.string() })).default({}),
  environment: z.record(z.string(), z.string()).default({}),
});

describe('docker-compose.yml', () => {
  const document = parseDocument(text('docker-compose.yml'), { strict: true, uniqueKeys: true, merge: true });
  const { services } = z.looseObject({ services: z.record(z.string(), service) }).parse(document.toJS());
  const own = ['migrate', 'schedule', 'worker', 'dashboard'];

  test('has no default password, and no password in a URL', () => {
    expect(document.errors).toEqual([]);
    const passwords = text('docker-compose.yml').match(/\$\{POSTGRES_PASSWORD[^}]*\}/g) ?? [];
    expect(passwords.length).toBeGreaterThan(2);
    for (const password of passwords) expect(password).toMatch(/^\$\{POSTGRES_PASSWORD:\?./);
    expect(text('docker-compose.yml')).not.toMatch(/:\/\/[^/\s]*:[^/\s]*@/);
    for (const name of own) expect(services[name]?.environment).toHaveProperty('PGPASSWORD');
  });

  test('publishes ports on this machine only, and none of PostgreSQL', () => {
    const ports = Object.values(services).flatMap((one) => one.ports);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\$\{\w+_PORT:-\d+\}:\d+$/);
    expect(services.postgres?.ports).toEqual([]);
  });

  test('takes privileges from every container, and rotates its log', () => {
    for (const one of Object.values(services)) {
      expect(one.cap_drop).toEqual(['ALL']);
      expect(one.security_opt).toEqual(['no-new-privileges:true']);
    }
    const temporal = ['temporal-schema', 'temporal', 'temporal-namespace'];
    for (const name of [...own, ...temporal]) expect(services[name]?.read_only).toBe(true);
  });

  test('starts a worker when the database and the schedules are prepared, and repeats a preparation that failed', () => {
    const completed = { condition: 'service_completed_successfully' };
    expect(services.worker?.depends_on).toEqual({ migrate: completed, schedule: completed });
    for (const name of ['migrate', 'schedule', 'temporal-schema', 'temporal-namespace'])
      expect([name, services[name]?.restart]).toEqual([name, 'on-failure']);
    expect(JSON.stringify(services.postgres)).toContain('--host=127.0.0.1');
  });

  test("prepares Temporal's schema before its server, and the namespace before the schedules, all with one version", () => {
    const completed = { condition: 'service_completed_successfully' };
    expect(services.temporal?.depends_on).toEqual({ 'temporal-schema': completed });
    expect(services['temporal-namespace']?.depends_on).toEqual({ temporal: { condition: 'service_healthy' } });
    expect(services.schedule?.depends_on).toEqual({ 'temporal-namespace': completed });
    const images = ['temporal-schema', 'temporal', 'temporal-namespace'].map((name) => services[name]?.image);
    const [version] = /:\$\{TEMPORAL_VERSION:-[\d.]+\}$/.exec(images[0] ?? '') ?? [];
    expect(images).toEqual(['admin-tools', 'server', 'admin-tools'].map((name) => `temporalio/${name}${version}`));
  });
});

describe('the Dockerfile', () => {
  const lines = text('Dockerfile').split('\n');

  test('builds all stages from one image of Node.js 24, runs as the user node, and has a health check', () => {
    expect(lines).toContainEqual(expect.stringMatching(/^ARG NODE_IMAGE=node:24\.\d+\.\d+-bookworm-slim$/));
    for (const line of lines.filter((one) => one.startsWith('FROM ')))
      expect(line).toMatch(/^FROM (\$\{NODE_IMAGE\}|packages)( AS \w+)?$/);
    expect(lines.findLast((one) => one.startsWith('USER '))).toBe('USER node');
    expect(text('Dockerfile')).toMatch(/^HEALTHCHECK .*\n.*\/healthz/m);
  });
});

describe('the systemd units', () => {
  const units = readdirSync('deploy/systemd').map((name) => `deploy/systemd/${name}`);
  const isToolThere = spawnSync('systemd-analyze', ['--version']).status === 0;

  test.skipIf(!isToolThere).each(units)('%s scores below 4 in systemd-analyze security', (unit) => {
    const { stdout, stderr } = spawnSync('systemd-analyze', ['security', '--offline=true', unit], { encoding: 'utf8' });
    const [, score] = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout) ?? [];
    expect([stderr, Number(score)]).toEqual([expect.anything(), expect.toSatisfy((found) => found < 4)]);
  });

  test('are installed by the steps that .ci/systemd runs', () => {
    const [, guide = ''] = /## systemd\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(text('docs/deployment.md')) ?? [];
    const run = text('.ci/lib/machine.sh');
    const steps = guide.match(/(npm (ci|prune)|node scripts|ln --|cp deploy)[^#&\n]*/g) ?? [];
    expect(steps).toHaveLength(5);
    for (const step of steps) expect(run).toContain(step.trim().replace('$version', '"$1"'));
  });

  test.each(units)('%s hides home directories without forbidding them', (unit) => {
    expect(text(unit)).toMatch(/^ProtectHome=tmpfs$/m);
    expect(text(unit)).toMatch(/^WorkingDirectory=\/opt\/lockstep\/current$/m);
  });
});
