import { describe, expect, test } from 'vitest';
import { describeForecast } from '../../../src/interfaces/cli/forecast.ts';

const share = (entity: string, requests: number, estimated = false) => ({ entity, requests, estimated });

describe('a forecast', () => {
  test('is omitted for a short cycle', () => {
    expect(describeForecast([share('tasks', 1), share('goals', 5)], 180)).toBeNull();
  });

  test('lists the most expensive entity first, and the minimum duration', () => {
    expect(describeForecast([share('tags', 1), share('goals', 100), share('tasks', 300)], 180)).toBe(
      'Forecast: 401 requests to Notion, 2 minutes or more at 180 a minute (tasks 300, goals 100).',
    );
  });

  test('says "about" when pages were only estimated', () => {
    expect(describeForecast([share('media', 120, true)], 180)).toBe(
      'Forecast: about 120 requests to Notion, within a minute at 180 a minute (media 120).',
    );
  });
});
