import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { lenientInput } from '../../../src/interfaces/mcp/lenient-input.ts';
import { toolNamed, tools } from '../../../src/interfaces/tools/index.ts';

const read = (tool: string, input: object) => lenientInput(toolNamed(tool).input).safeParse(input);

describe('what clients send for what is not given', () => {
  test.each([
    ['create_task', { title: 'x', due: null }, { title: 'x' }],
    ['create_task', { title: 'x', due: '', notes: '', priority: null }, { title: 'x' }],
    ['add_media', { title: 'x', year: '1999' }, { title: 'x', year: 1999 }],
    ['update_goal_progress', { goal: 'x', progress: ' 12.5 ' }, { goal: 'x', progress: 12.5 }],
    ['find', { query: 'x', limit: null }, { query: 'x', limit: 10 }],
  ])('%s %j', (tool, input, expected) => {
    expect(read(tool, input).data).toEqual(expected);
  });

  test.each([
    ['create_task', { title: null }],
    ['create_task', { title: '' }],
    ['create_task', { title: 'x', due: 5 }],
    ['create_task', { title: 'x', other: null }],
    ['update_goal_progress', { goal: 'x', progress: 'half' }],
    ['update_goal_progress', { goal: 'x', progress: '' }],
  ])('%s %j is refused', (tool, input) => {
    expect(read(tool, input).success).toBe(false);
  });
});

test.each(tools.map((tool) => [tool.name, tool.input] as const))('the schema of %s does not change', (_, input) => {
  expect(z.toJSONSchema(lenientInput(input), { io: 'input' })).toEqual(z.toJSONSchema(input, { io: 'input' }));
});
