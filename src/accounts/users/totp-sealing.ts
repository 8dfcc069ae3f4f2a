import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'

/** The secret of an authenticator app as it is kept: it opens as the secret of no other app. */
export function sealSecret(secrets: ServerSecret, id: string, secret: string): Sealed {
  return secrets.sealing('totp').seal(secret, `totp:${id}`)
}

/** @returns `undefined` where it was sealed under a secret that the server no longer has. */
export function openSecret(
  secrets: ServerSecret,
  { id, sealed }: { readonly id: string; readonly sealed: Sealed },
): string | undefined {
  return secrets.sealing('totp').open(sealed, `totp:${id}`)
}
