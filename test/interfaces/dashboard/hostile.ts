import { expect } from 'vitest';

export const HOSTILE = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;`;
export const ESCAPED =
  '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x onerror=alert(2)&gt;&amp;amp;';

/** The hostile text is present, and escaped. */
export function expectHarmless(page: string): void {
  expect(page).toContain(ESCAPED);
  expect(page).not.toMatch(/<script(?! src="\/live\.js" )|<img|onerror=alert\(2\)>/);
}

export const textOf = (page: string): string =>
  page
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ,/g, ',')
    .trim();
