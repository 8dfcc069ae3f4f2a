import { z } from 'zod'
import { isRevokedInDatabase } from '../accounts/revocation-check.ts'
import { readBody } from './body.ts'
import type { Endpoint } from './endpoint.ts'
import { requireClient } from './form.ts'

const Body = z.object({
  jti: z.string().nullish(),
  sid: z.string().nullish(),
  gen: z.number().nullish(),
  sub: z.union([z.string(), z.number()]).nullish(),
  iat: z.number().nullish(),
  exp: z.number().nullish(),
  kid: z.string().nullish().meta({ description: 'Of the header' }),
})

export const checkRevocation: Endpoint = {
  method: 'post',
  path: '/revocations/check',
  summary: 'For registered clients that check tokens themselves: whether one that outlives the journal is revoked',
  body: { schema: Body, required: true },
  answer: { status: 200, description: 'The judgement', schema: z.object({ revoked: z.boolean() }) },
  refusals: ['invalid_client'],
  async handle(c, parts) {
    await requireClient(c, parts)
    const { kid, ...claims } = withoutNull(await readBody(c, Body))
    return c.json({ revoked: await isRevokedInDatabase(parts, claims, { kid }) }, 200)
  },
}

function withoutNull(names: z.output<typeof Body>): Partial<z.output<typeof Body>> {
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null))
}
