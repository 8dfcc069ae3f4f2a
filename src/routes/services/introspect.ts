import { z } from 'zod'
import { introspect as introspectToken } from '../../accounts/services/introspect.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { readForm, requireClient } from '../http/form.ts'

const Form = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
})

const IntrospectionBody = z.looseObject({
  active: z.boolean().meta({ description: 'Whether the token is valid now. If not, the answer says nothing else' }),
  token_type: z.string().optional(),
  sub: z.string().optional(),
  sid: z.string().optional(),
  exp: z.int().optional(),
  iat: z.int().optional(),
})

export const introspect: Endpoint = {
  method: 'post',
  path: '/introspect',
  summary: 'Tells a registered client whether a token is valid now (RFC 7662)',
  body: { schema: Form, required: true, isForm: true },
  answer: { status: 200, description: 'The claims of a valid token', schema: IntrospectionBody },
  refusals: ['invalid_client', 'form_invalid'],
  async handle(c, parts) {
    const form = await readForm(c, ['token'])
    await requireClient(c, parts, form)
    const found = await introspectToken(parts, form.get('token') as string)
    return c.json(found === undefined ? { active: false } : { active: true, ...found }, 200)
  },
}
