/** See script.js. */
export function pageScript(): void
