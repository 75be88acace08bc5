import { describe, expect, test } from 'vitest';
import { parse } from '../../../src/interfaces/bot/parse.ts';

/** Half past eight in the morning of Wednesday, 4 February, in Madrid. */
const moment = { now: new Date('2026-02-04T07:30:00Z'), timeZone: 'Europe/Madrid' };
const read = (text: string) => parse(text, moment);
const call = (tool: string, input: object) => ({ kind: 'call', tool, input });

describe('the documented commands', () => {
  test.each([
    ['Add task: Call dentist tomorrow', 'create_task', { title: 'Call dentist', due: '2026-02-05' }],
    ['Create note: What the doctor said', 'create_note', { title: 'What the doctor said' }],
    ['Update goal X progress to 75%', 'update_goal_progress', { goal: 'X', progress: 75 }],
    ['Add movie The Matrix', 'add_media', { title: 'The Matrix', type: 'Movie' }],
    ['Mark Inception as watched', 'mark', { record: 'Inception', as: { media: 'Completed' } }],
    ['Add game Cyberpunk 2077 for PC', 'add_game', { name: 'Cyberpunk 2077', platform: 'PC' }],
    [
      'Mark Elden Ring as done',
      'mark',
      { record: 'Elden Ring', as: { media: 'Completed', games: 'Completed', tasks: 'Done' } },
    ],
    ['/changes', 'list_changes', {}],
    ['/feedback The bot dropped my message', 'report_fix', { title: 'The bot dropped my message' }],
  ])('%s', (text, tool, input) => {
    expect(read(text)).toEqual(call(tool, input));
    expect(read(`  ${text} `)).toEqual(call(tool, input));
  });
});

describe('tasks', () => {
  const task = (title: string, due?: string, notes?: string) =>
    call('create_task', { title, ...(due ? { due } : {}), ...(notes ? { notes } : {}) });

  test.each([
    ['add task call dentist tomorrow.', 'call dentist', '2026-02-05'],
    ['ADD TASK: Call dentist TOMORROW!', 'Call dentist', '2026-02-05'],
    ['Please create a new task: tomorrow call the dentist', 'call the dentist', '2026-02-05'],
    ['todo: pay rent by Friday', 'pay rent', '2026-02-06'],
    ['remind me to water the plants on Sunday at 18:30', 'water the plants', '2026-02-08T18:30'],
    ['/task Call mum at 5pm', 'Call mum', '2026-02-04T17:00'],
    ['/task@lockstep_bot Call mum at 7am', 'Call mum', '2026-02-05T07:00'],
    ['Add task: 2pm meeting with Ana tomorrow', 'meeting with Ana', '2026-02-05T14:00'],
    ['Add task: Dentist (tomorrow at 9:30)', 'Dentist', '2026-02-05T09:30'],
    ['Add task: Taxes, due 2026-04-01', 'Taxes', '2026-04-01'],
    ['Add task: Party on 3/12', 'Party', '2026-12-03'],
    ['Add task: Finish report in 2 weeks', 'Finish report', '2026-02-18'],
    ['Add task: Renew passport the day after tomorrow', 'Renew passport', '2026-02-06'],
    ['Add task: Call Anna this weekend', 'Call Anna', '2026-02-07'],
    ['Add task: Prepare Friday report tomorrow', 'Prepare Friday report', '2026-02-05'],
    // What looks like a date, and is none.
    ['Add task: Read for 2 hours', 'Read for 2 hours', undefined],
    ['Add task: Buy 5 min noodles', 'Buy 5 min noodles', undefined],
    ['Add task: Call Sun Corp', 'Call Sun Corp', undefined],
    ["Add task: Review yesterday's notes", "Review yesterday's notes", undefined],
    ['Add task: Gym every Monday', 'Gym every Monday', undefined],
    ['Add task: Plan March', 'Plan March', undefined],
    ['Add task: Buy milk now', 'Buy milk now', undefined],
    ['Add task: tomorrow', 'tomorrow', undefined],
    ['Add task: Fix version 2.3', 'Fix version 2.3', undefined],
  ])('%s', (text, title, due) => {
    expect(read(text)).toEqual(task(title, due));
  });

  test('"today" and "tomorrow" are days in the time zone of the owner', () => {
    const late = new Date('2026-02-04T22:30:00Z');
    const inZone = (timeZone: string) => parse('Add task: X the day after tomorrow', { now: late, timeZone });
    expect(inZone('Europe/Madrid')).toEqual(task('X', '2026-02-06'));
    expect(inZone('Asia/Tokyo')).toEqual(task('X', '2026-02-07'));
    expect(parse('Add task: X today', { now: late, timeZone: 'Asia/Tokyo' })).toEqual(task('X', '2026-02-05'));
    expect(parse('Add task: X on 3/12', { now: late, timeZone: 'America/New_York' })).toEqual(task('X', '2026-03-12'));
  });

  test('the first line is the title, the others are notes', () => {
    expect(read('Add task: Shopping tomorrow\nmilk\nbread on Friday')).toEqual(
      task('Shopping', '2026-02-05', 'milk\nbread on Friday'),
    );
  });

  test('a line too long for a title is kept in full', () => {
    const long = 'word '.repeat(60).trim();
    expect(read(`Add task: ${long}`)).toEqual(task(`${long.slice(0, 199)}…`, undefined, long));
  });
});

describe('other commands', () => {
  test.each([
    ['note: "An idea"', 'create_note', { title: 'An idea' }],
    ['Take a note Groceries\nmilk\n\nbread', 'create_note', { title: 'Groceries', content: 'milk\n\nbread' }],
    ['set my goal Run a marathon to 12,5 percent', 'update_goal_progress', { goal: 'Run a marathon', progress: 12.5 }],
    ["Update goal Learn Spanish's progress to 5%.", 'update_goal_progress', { goal: 'Learn Spanish', progress: 5 }],
    ['goal Read 24 books 50%', 'update_goal_progress', { goal: 'Read 24 books', progress: 50 }],
    ['Update goal X progress to 175%', 'update_goal_progress', { goal: 'X', progress: 175 }],
    ['add film Airplane!', 'add_media', { title: 'Airplane!', type: 'Movie' }],
    ['Add movie Dune (2021)', 'add_media', { title: 'Dune', type: 'Movie', year: 2021 }],
    ['Add the series Dark as watching', 'add_media', { title: 'Dark', type: 'TV Show', status: 'Watching' }],
    ['Add movie As Good as It Gets', 'add_media', { title: 'As Good as It Gets', type: 'Movie' }],
    ['add tv show The Wire to my watchlist', 'add_media', { title: 'The Wire', type: 'TV Show' }],
    ['Add anime: Cowboy Bebop', 'add_media', { title: 'Cowboy Bebop', type: 'Anime' }],
    ['Add game Zelda on the Nintendo Switch', 'add_game', { name: 'Zelda', platform: 'Switch' }],
    ['Add game Fit for Life', 'add_game', { name: 'Fit for Life' }],
    ['mark the movie Fit as a Fiddle as seen!', 'mark', { record: 'Fit as a Fiddle', as: { media: 'Completed' } }],
    ['Mark game Hades as done', 'mark', { record: 'Hades', as: { games: 'Completed' } }],
    ['mark task call dentist as in progress', 'mark', { record: 'call dentist', as: { tasks: 'In Progress' } }],
    ['Mark Dark as watching', 'mark', { record: 'Dark', as: { media: 'Watching' } }],
    ['Mark Back to the Future as to watch', 'mark', { record: 'Back to the Future', as: { media: 'Plan to Watch' } }],
    [
      'Set call dentist to done',
      'mark',
      { record: 'call dentist', as: { media: 'Completed', games: 'Completed', tasks: 'Done' } },
    ],
    ['Mark Hades as playing', 'mark', { record: 'Hades', as: { games: 'Playing' } }],
    ["I've watched Inception", 'mark', { record: 'Inception', as: { media: 'Completed' } }],
    ['Propose upgrade: Dark mode', 'propose_upgrade', { title: 'Dark mode' }],
    ['Report a bug: No reply', 'report_fix', { title: 'No reply' }],
    ['/find dentist', 'find', { query: 'dentist' }],
    ['find the dentist?', 'find', { query: 'the dentist' }],
    ['/today', 'today', {}],
    ["What's due today?", 'today', {}],
    ["what's new", 'list_changes', {}],
    ['/changes@lockstep_bot', 'list_changes', {}],
  ])('%s', (text, tool, input) => {
    expect(read(text)).toEqual(call(tool, input));
  });

  test.each(['', 'hello', 'Mark X as purple', '/nonsense', '/constructor', 'add', 'Add movie', 'task', '{"a":1}'])(
    'does not understand "%s"',
    (text) => {
      expect(read(text)).toEqual({ kind: 'unknown' });
    },
  );

  test('a command without its argument is not executed', () => {
    expect(read('/feedback ')).toEqual({ kind: 'incomplete', example: '/feedback The bot dropped my message' });
    expect(read('/start')).toEqual({ kind: 'help' });
  });

  test('no message takes long to parse', () => {
    for (const piece of ['as ', 'Mark as ', 'goal 1 ', 'add game for on ', '( ', '. ', '" ', 'tomorrow ', '12:00 ']) {
      read(piece.repeat(4096 / piece.length));
      read(`Add task: ${piece.repeat(4080 / piece.length)}`);
    }
  });
});
