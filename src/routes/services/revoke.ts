import { z } from 'zod'
import { revokeToken } from '../../accounts/services/revoke-token.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { clientOfRequest, readForm } from '../http/form.ts'

const Form = z.object({
  token: z.string(),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
})

export const revoke: Endpoint = {
  method: 'post',
  path: '/revoke',
  summary: 'Revokes a token (RFC 7009), for any client that has it',
  body: { schema: Form, required: true, isForm: true },
  answer: { status: 200, description: 'The token is revoked, or was invalid before' },
  refusals: ['invalid_client', 'form_invalid'],
  async handle(c, parts) {
    const form = await readForm(c, ['token'])
    const service = await clientOfRequest(c, parts, form)
    const client = service === undefined ? c.var.origin : { ...c.var.origin, actor: `client ${service.name}` }
    await revokeToken(parts, form.get('token') as string, client)
    return c.body(null, 200)
  },
}
