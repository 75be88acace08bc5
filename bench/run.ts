import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { canPin, endAll } from './child.ts';
import { printProfile } from './profile.ts';
import { describeMachine, formatFindings, printReport, saveReport } from './report.ts';
import { attempt, combine, type Findings, isMet } from './scenario.ts';
import { scenarios } from './scenarios/index.ts';
import { startServers } from './servers.ts';

const folder = fileURLToPath(new URL('./results', import.meta.url));

const { values: flags } = parseArgs({
  options: {
    /** What is synced: `built-in` or `spanish`. `definition.ts` reads it. */
    definition: { type: 'string' },
    /** Run only these scenarios. */
    only: { type: 'string', multiple: true },
    /** Use small sizes, to check that the bench works. */
    quick: { type: 'boolean', default: false },
    /** Profile the scale scenario, and print where it spends CPU time. */
    profile: { type: 'boolean', default: false },
    /** Exit 1 when a target is missed. */
    check: { type: 'boolean', default: false },
  },
});

const chosen = scenarios.filter(({ name }) => flags.only?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`unknown scenario; the scenarios are: ${scenarios.map(({ name }) => name)}`);

const profileFolder = flags.profile ? `${folder}/profile-${Date.now()}` : undefined;
if (profileFolder) mkdirSync(profileFolder, { recursive: true });
const starting = startServers();
// The servers have their own process groups, so a signal to this process does not stop them.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void starting.then((started) => started.stop()).finally(() => process.exit(1)));
}
const servers = await starting;
const machine = describeMachine(servers);
const found: Findings[] = [];
try {
  for (const scenario of chosen) {
    const findings = await attempt(scenario, {
      servers,
      quick: flags.quick,
      profileFolder,
      canPin: canPin(cpus().length),
      log: (line) => process.stderr.write(`bench: ${line}\n`),
    });
    found.push(findings);
    if (findings.failures?.length) endAll();
    process.stderr.write(formatFindings(findings));
    saveReport(combine(found), machine, folder);
  }
} finally {
  await servers.stop();
}
const findings = combine(found);
printReport(findings, machine);
if (profileFolder) printProfile(profileFolder, findings.profiledSince ?? 0);
process.stdout.write(`\nSaved in ${folder}: latest.json, chart.svg\n`);
// A failed scenario may have left connections open.
process.exit(findings.failures?.length || (flags.check && !findings.targets.every(isMet)) ? 1 : 0);
