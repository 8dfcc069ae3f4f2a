/** See script.js. */
export function pageScript(load: (address: string) => Promise<unknown>): void
