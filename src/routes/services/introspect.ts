import { z } from 'zod'
import { introspect as introspectToken } from '../../accounts/services/introspect.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { TokenForm } from './token-form.ts'

/** For an active token, also its claims. */
export interface IntrospectionBody {
  readonly active: boolean
  readonly token_type?: string | undefined
  readonly sub?: string | undefined
  readonly sid?: unknown
  readonly exp?: number | undefined
  readonly iat?: number | undefined
  readonly [claim: string]: unknown
}

const IntrospectionBody: Schema<IntrospectionBody> = z.looseObject({
  active: z.boolean().meta({ description: 'Whether the token is valid now. If not, there is no other member' }),
  token_type: z.string().optional(),
  sub: z.string().optional(),
  sid: z.unknown().optional().meta({ description: 'The session, if it has one' }),
  exp: z.number().optional(),
  iat: z.number().optional(),
})

export const introspect: Endpoint = defineEndpoint(
  {
    id: 'introspect',
    method: 'post',
    path: '/introspect',
    summary: 'Reports to a registered client whether a token is valid now (RFC 7662)',
    client: 'required',
    body: { schema: TokenForm, required: true, isForm: true },
    answers: { 200: { description: 'The claims of a valid token', schema: IntrospectionBody } },
    refusals: ['invalid_client', 'form_invalid'],
  },
  async ({ body }, parts) => {
    const found = await introspectToken(parts, body.token)
    return { status: 200, body: found === undefined ? { active: false } : { ...found, active: true } }
  },
)
