import { z } from 'zod'
import { isRevokedInDatabase } from '../../accounts/sessions/tokens/revocation-check.ts'
import { readBody } from '../http/body.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { requireClient } from '../http/form.ts'

/** As the token says them, of whatever type: they are judged here as they are where it is kept. */
const Body = z.object({
  jti: z.unknown().optional(),
  sid: z.unknown().optional(),
  gen: z.unknown().optional(),
  sub: z.unknown().optional(),
  iat: z.unknown().optional(),
  exp: z.unknown().optional(),
  kid: z.unknown().optional().meta({ description: 'From the header of the token' }),
})

export const checkRevocation: Endpoint = {
  method: 'post',
  path: '/revocations/check',
  summary: 'Says whether a token that outlives the feed is revoked, for registered clients',
  body: { schema: Body, required: true },
  answer: { status: 200, description: 'Whether it is revoked', schema: z.object({ revoked: z.boolean() }) },
  refusals: ['invalid_client'],
  async handle(c, parts) {
    await requireClient(c, parts)
    const { kid, ...claims } = await readBody(c, Body)
    return c.json({ revoked: await isRevokedInDatabase(parts, claims, { kid }) }, 200)
  },
}
