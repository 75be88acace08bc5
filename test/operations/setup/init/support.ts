import { type NotionEmulator, type NotionEmulatorOptions, startNotionEmulator } from 'notion-emulator';
import { afterEach } from 'vitest';
import { NotionApi } from '../../../../src/notion/notion-api.ts';
import { type Survey, survey } from '../../../../src/operations/setup/init/survey.ts';

const running = new Set<NotionEmulator>();

afterEach(async () => {
  for (const emulator of running) await emulator.close();
  running.clear();
});

/** A workspace with only one page; closed after the test. */
export async function emptyWorkspace(options: NotionEmulatorOptions = {}): Promise<NotionEmulator> {
  const emulator = await startNotionEmulator({ integrationName: 'Lockstep', requestsPerMinute: 100_000, ...options });
  running.add(emulator);
  return emulator;
}

const unlimited = { take: async () => undefined, pause: async () => undefined };

export const apiOf = ({ token, url }: NotionEmulator): NotionApi => new NotionApi({ token, baseUrl: url }, unlimited);

export const surveyOf = (emulator: NotionEmulator): Promise<Survey> => survey(apiOf(emulator));

/** Properties as in a request, by name. */
export type Properties = Readonly<Record<string, object>>;

const options = (...names: string[]) => ({ options: names.map((name) => ({ name })) });
export const title = { title: {} };
export const text = { rich_text: {} };
export const day = { date: {} };
export const choice = (...names: string[]) => ({ select: options(...names) });
export const status = (...names: string[]) => ({ status: options(...names) });
export const relation = (data_source_id: string) => ({ relation: { data_source_id, single_property: {} } });

/** Databases with German names: tasks and their related databases. @returns data source ids */
export function germanWorkspace({ workspace }: NotionEmulator) {
  const tags = workspace.createDatabase({
    title: '🏷️ Schlagwörter',
    properties: { Name: title, Typ: choice('Area', 'Resource'), Beschreibung: text },
  });
  workspace.addProperty(tags.id, 'Übergeordnet', relation(tags.dataSourceId));
  const projects = workspace.createDatabase({
    title: 'Projekte',
    properties: {
      Name: title,
      Status: status('Active', 'On Hold', 'Completed'),
      Typ: choice('Work', 'Personal'),
      Beschreibung: text,
      Beginn: day,
      Zieldatum: day,
      Schlagwörter: relation(tags.dataSourceId),
    },
  });
  const tasks = workspace.createDatabase({
    title: 'Aufgaben',
    properties: {
      Aufgabe: title,
      Status: status('Todo', 'In Progress', 'Done', 'Cancelled'),
      Priorität: choice('Low', 'Medium', 'High', 'Critical'),
      'Fällig am': day,
      Projekt: relation(projects.dataSourceId),
      Schlagwörter: relation(tags.dataSourceId),
      Notizen: text,
    },
  });
  return { tags, projects, tasks };
}
