import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { postgresUrl } from '../../src/shared/variable-types.ts';

const problemOf = (url: string): string | undefined => postgresUrl.safeParse(url).error?.issues[0]?.message;

describe('a connection string', () => {
  test.each([
    'postgresql://u@127.0.0.1:5432/db',
    'postgres://u:p%40ss@[::1]:5432/db?sslmode=require&schema=app',
    'postgresql://u@%2Fvar%2Frun%2Fpostgresql/db',
    'postgresql:///db?host=/var/run/postgresql',
    'postgresql://localhost/db?options=-c%20statement_timeout%3D60000',
  ])('%s is taken as it is', (url) => {
    expect(postgresUrl.parse(url)).toBe(url);
  });

  test('with a user and a socket folder becomes one that every URL parser understands', () => {
    const url = postgresUrl.parse('postgresql://u:p%40ss@/db?host=/var/run/postgresql');
    expect(URL.canParse(url)).toBe(true);
    const { host, database, user, password } = new pg.Client({ connectionString: url });
    expect({ host, database, user, password }).toEqual({
      host: '/var/run/postgresql',
      database: 'db',
      user: 'u',
      password: 'p@ss',
    });
  });

  test.each(['postgresql://u@h1:5432,h2:5433/db', 'postgresql:///db?host=h1,h2'])('%s names several hosts', (url) => {
    expect(problemOf(url)).toMatch(/several hosts.*name the primary/);
  });
  test.each(['mysql://u@h/db', 'h/db', '', 'postgresql://u@h:port/db'])('"%s" is none', (url) => {
    expect(problemOf(url)).toBe('is not a postgresql:// URL');
  });
});
