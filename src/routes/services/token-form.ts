import { z } from 'zod'
import type { Schema } from '../http/endpoint.ts'

/** A form about a token (RFC 7662 section 2.1, RFC 7009 section 2.1). */
export interface TokenForm {
  readonly token: string
  readonly token_type_hint?: string | undefined
  readonly client_id?: string | undefined
  readonly client_secret?: string | undefined
}

export const TokenForm: Schema<TokenForm> = z.object({
  token: z.string().min(1),
  token_type_hint: z.string().optional(),
  client_id: z.string().optional().meta({ description: 'With `client_secret`, in place of HTTP Basic' }),
  client_secret: z.string().optional().meta({ format: 'password' }),
})
