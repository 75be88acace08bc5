import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments, parseDocument } from 'yaml';
import { z } from 'zod';

const text = (path: string): string => readFileSync(path, 'utf8');

const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.string().startsWith('/'), port: z.string() }),
  periodSeconds: z.int(),
  failureThreshold: z.int().optional(),
});
/** Every field that is used, and no other: a misspelled one would be ignored by a lenient decoder. */
const container = z.strictObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  envFrom: z.array(z.strictObject({ secretRef: z.strictObject({ name: z.string() }) })),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  ports: z.array(z.strictObject({ name: z.string(), containerPort: z.int() })).optional(),
  startupProbe: probe.optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity }),
  }),
  // Pod Security "restricted": https://kubernetes.io/docs/concepts/security/pod-security-standards/
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    runAsNonRoot: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(z.strictObject({ name: z.string(), mountPath: z.string() })),
});
const labels = z.record(z.string(), z.string());
const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: z.strictObject({ name: z.string(), labels }),
  spec: z.strictObject({
    replicas: z.int(),
    selector: z.strictObject({ matchLabels: labels }),
    strategy: z.strictObject({
      type: z.literal('RollingUpdate'),
      rollingUpdate: z.strictObject({ maxSurge: z.int(), maxUnavailable: z.int() }),
    }),
    template: z.strictObject({
      metadata: z.strictObject({ labels, annotations: labels }),
      spec: z.strictObject({
        automountServiceAccountToken: z.literal(false),
        terminationGracePeriodSeconds: z.int(),
        // No hostNetwork, hostPID, hostIPC, hostPath, sysctls or unconfined profiles: strict objects have no such fields.
        securityContext: z.strictObject({
          runAsNonRoot: z.literal(true),
          runAsUser: z.int().positive(),
          runAsGroup: z.int().positive(),
          seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
        }),
        initContainers: z.array(container),
        containers: z.array(container),
        volumes: z.array(z.strictObject({ name: z.string(), emptyDir: z.strictObject({ sizeLimit: quantity }) })),
      }),
    }),
  }),
});

describe('the Kubernetes manifests', () => {
  const documents = parseAllDocuments(text('deploy/kubernetes/lockstep.yaml'), { strict: true, uniqueKeys: true });
  const decoded = documents.map((document) => document.toJS());

  test('are decoded strictly, and pass Pod Security "restricted"', () => {
    expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    expect(decoded.length).toBeGreaterThan(0);
    for (const found of decoded) expect(deployment.safeParse(found).error?.issues ?? []).toEqual([]);
  });

  test.each([
    ['an unknown field', (pod: Pod) => Object.assign(pod, { hostNetwork: true })],
    ['a volume of the host', (pod: Pod) => pod.volumes.push({ name: 'x', hostPath: { path: '/' } })],
    [
      'a privileged container',
      (pod: Pod) => Object.assign(pod.containers[0]?.securityContext ?? {}, { privileged: true }),
    ],
    [
      'an added capability',
      (pod: Pod) =>
        Object.assign(pod.initContainers[0]?.securityContext ?? {}, {
          capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
        }),
    ],
  ])('would be refused with %s', (_, change) => {
    const copy = parseAllDocuments(text('deploy/kubernetes/lockstep.yaml'), { merge: true }).map((found) =>
      structuredClone(found.toJS()),
    );
    change(copy[0].spec.template.spec);
    expect(deployment.safeParse(copy[0]).success).toBe(false);
  });

  test('mount only their volumes, and name ports that exist', () => {
    for (const found of decoded.map((one) => deployment.parse(one))) {
      const { containers, initContainers, volumes, terminationGracePeriodSeconds } = found.spec.template.spec;
      expect(found.spec.selector.matchLabels).toEqual(found.spec.template.metadata.labels);
      expect(terminationGracePeriodSeconds).toBeGreaterThan(28);
      for (const { volumeMounts, ports = [], ...probes } of [...initContainers, ...containers]) {
        const names = volumes.map(({ name }) => name);
        for (const { name } of volumeMounts) expect(names).toContain(name);
        for (const one of [probes.startupProbe, probes.livenessProbe, probes.readinessProbe])
          if (one) expect(ports.map(({ name }) => name)).toContain(one.httpGet.port);
      }
    }
  });
});

/** Of a manifest, what the changes of the test touch. */
interface Pod {
  readonly containers: readonly { readonly securityContext: object }[];
  readonly initContainers: readonly { readonly securityContext: object }[];
  readonly volumes: object[];
}

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
    for (const name of own) expect(services[name]?.read_only).toBe(true);
  });

  test('starts a worker when the database and the schedules are prepared, and repeats a preparation that failed', () => {
    const completed = { condition: 'service_completed_successfully' };
    expect(services.worker?.depends_on).toEqual({ migrate: completed, schedule: completed });
    expect([services.migrate?.restart, services.schedule?.restart]).toEqual(['on-failure', 'on-failure']);
    expect(JSON.stringify(services.postgres)).toContain('--host=127.0.0.1');
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

  test.each(units)('%s hides home directories without forbidding them', (unit) => {
    expect(text(unit)).toMatch(/^ProtectHome=tmpfs$/m);
    expect(text(unit)).toMatch(/^WorkingDirectory=\/opt\/lockstep\/current$/m);
  });
});
