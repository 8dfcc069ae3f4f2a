/** See passkeys.js. */
export function passkeyScript(): (form: unknown, mediation?: 'conditional') => Promise<void>
