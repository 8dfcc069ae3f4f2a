import type { Sealed } from '../../secrets/sealing.ts'
import type { ServerSecret } from '../../secrets/server-secret.ts'
import type { Profile } from './providers/provider.ts'

/** What a provider issued, as it is kept with an identity; `null` where it is not to be kept. */
export function sealTokens(secrets: ServerSecret, id: string, { tokens }: Pick<Profile, 'tokens'>): Sealed | null {
  return tokens === undefined ? null : secrets.sealing('identities').seal(JSON.stringify(tokens), `identity:${id}`)
}
