import { z } from 'zod'
import type { Schema } from '../http/endpoint.ts'

/** A challenge for an authenticator. */
export interface PasskeyOptionsBody {
  readonly options: Readonly<Record<string, unknown>>
  readonly challenge_token: string
}

export const PasskeyOptionsBody: Schema<PasskeyOptionsBody> = z.object({
  options: z
    .record(z.string(), z.unknown())
    .meta({ description: 'For `navigator.credentials`, in the JSON form of WebAuthn' }),
  challenge_token: z.string().meta({ description: 'Send it with the response, within five minutes, once' }),
})

export function optionsBody({
  options,
  challengeToken,
}: {
  readonly options: object
  readonly challengeToken: string
}): PasskeyOptionsBody {
  return { options: { ...options }, challenge_token: challengeToken }
}
