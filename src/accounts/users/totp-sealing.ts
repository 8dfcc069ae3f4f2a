import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'

/** Encrypts the secret of an authenticator app. It cannot be decrypted as the secret of another app. */
export function sealSecret(secrets: ServerSecret, id: string, secret: string): Sealed {
  return secrets.sealing('totp').seal(secret, `totp:${id}`)
}

/** @returns `undefined` if it was sealed with a secret that the server no longer has. */
export function openSecret(
  secrets: ServerSecret,
  { id, sealed }: { readonly id: string; readonly sealed: Sealed },
): string | undefined {
  return secrets.sealing('totp').open(sealed, `totp:${id}`)
}
