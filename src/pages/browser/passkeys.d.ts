/** See passkeys.js. */
export function passkeyScript(
  load: (address: string) => Promise<unknown>,
): (form: unknown, mediation?: 'conditional') => Promise<void>
