import { z } from 'zod'
import { isRevokedInDatabase } from '../../accounts/sessions/tokens/revocation-check.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** The claims of a token, of any type: they are judged here just as where tokens are checked. */
export interface CheckRevocationBody {
  readonly jti?: unknown
  readonly sid?: unknown
  readonly gen?: unknown
  readonly sub?: unknown
  readonly iat?: unknown
  readonly exp?: unknown
  readonly kid?: unknown
}

const CheckRevocationBody: Schema<CheckRevocationBody> = z.object({
  jti: z.unknown().optional(),
  sid: z.unknown().optional(),
  gen: z.unknown().optional(),
  sub: z.unknown().optional(),
  iat: z.unknown().optional(),
  exp: z.unknown().optional(),
  kid: z.unknown().optional().meta({ description: 'From the header of the token' }),
})

export interface JudgementBody {
  readonly revoked: boolean
}

const JudgementBody: Schema<JudgementBody> = z.object({ revoked: z.boolean() })

export const checkRevocation: Endpoint = defineEndpoint(
  {
    id: 'checkRevocation',
    method: 'post',
    path: '/revocations/check',
    summary: 'Reports whether a token that outlives the feed is revoked, for registered clients',
    client: 'required',
    body: { schema: CheckRevocationBody, required: true },
    answers: { 200: { description: 'Whether it is revoked', schema: JudgementBody } },
    refusals: ['invalid_client'],
  },
  async ({ body: { kid, ...claims } }, parts) => {
    return { status: 200, body: { revoked: await isRevokedInDatabase(parts, claims, { kid }) } }
  },
)
