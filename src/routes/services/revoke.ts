import { revokeToken } from '../../accounts/services/revoke-token.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'
import { TokenForm } from './token-form.ts'

export const revoke: Endpoint = defineEndpoint(
  {
    id: 'revoke',
    method: 'post',
    path: '/revoke',
    summary: 'Revokes a token (RFC 7009), for any client that has it',
    client: 'optional',
    body: { schema: TokenForm, required: true, isForm: true },
    answers: { 200: { description: 'The token is revoked, or was invalid before' } },
    refusals: ['invalid_client', 'form_invalid'],
  },
  async ({ body, client, origin }, parts) => {
    await revokeToken(parts, body.token, client === undefined ? origin : { ...origin, actor: `client ${client.name}` })
    return { status: 200 }
  },
)
