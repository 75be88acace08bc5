const UUID_AT_THE_END = /([0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12})(?=$|[?#&/])/i;

/** The dashed id inside a bare id or a Notion URL, or null. */
export function parseNotionId(text: string): string | null {
  const hex = UUID_AT_THE_END.exec(text.trim())?.[1]?.replaceAll('-', '').toLowerCase();
  return hex
    ? `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
    : null;
}
