import { z } from 'zod'
import { beginTotp as begin } from '../../accounts/mfa/setup/begin-totp.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { EnrollmentToken, enrollerRefusals, readEnroller } from './enroller.ts'

export interface BeginTotpBody {
  readonly name?: string | undefined
  readonly mfa_token?: string | undefined
}

const BeginTotpBody: Schema<BeginTotpBody> = z.object({
  name: z
    .string()
    .regex(/^[^\p{C}]{1,64}$/u, 'must have 1 to 64 characters, and no control or invisible ones')
    .optional()
    .meta({ default: 'Authenticator app', description: 'The name that the user gives the app' }),
  mfa_token: EnrollmentToken,
})

export interface TotpBody {
  readonly id: string
  readonly secret: string
  readonly otpauth_uri: string
  readonly svg: string
}

const TotpBody: Schema<TotpBody> = z.object({
  id: z.uuid(),
  secret: z.string().meta({ description: 'In base32, to type in. Shown once' }),
  otpauth_uri: z.string().meta({ description: 'To open in an authenticator app' }),
  svg: z.string().meta({ description: 'The same as a QR code' }),
})

export const beginTotp: Endpoint = defineEndpoint(
  {
    id: 'beginTotp',
    method: 'post',
    path: '/mfa/totp',
    summary: 'Begins to set up an authenticator app',
    credentials: ['access'],
    body: { schema: BeginTotpBody, required: false },
    answers: { 200: { description: 'The secret, to be confirmed with a code within an hour', schema: TotpBody } },
    refusals: [...enrollerRefusals, 'factor_limit_reached'],
  },
  async ({ request, body }, parts) => {
    const { name = 'Authenticator app', mfa_token } = body
    const { id, secret, uri, svg } = await begin(parts, await readEnroller(request, parts, { mfa_token }), name)
    return { status: 200, body: { id, secret, otpauth_uri: uri, svg } }
  },
)
