export const GOOGLE_APIS: readonly string[];
