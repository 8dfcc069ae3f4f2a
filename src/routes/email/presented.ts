import { z } from 'zod'
import type { Presented } from '../../accounts/email/presented-secret.ts'
import { normalEmail } from '../../accounts/users/names.ts'
import { RequestError } from '../../errors.ts'

/** What a client presents from a mail: the token of the link, or the code with the address that it was sent to. */
export interface PresentedBody {
  readonly token?: string | undefined
  readonly email?: string | undefined
  readonly code?: string | undefined
}

/** The members of such a body. */
export const presentedMembers: {
  readonly token: z.ZodOptional<z.ZodString>
  readonly email: z.ZodOptional<z.ZodString>
  readonly code: z.ZodOptional<z.ZodString>
} = {
  token: z.string().optional().meta({ description: 'The part of the link after `#token=`; `hp_ot_…`' }),
  email: z.string().optional().meta({ description: 'With `code`: the address that it was sent to' }),
  code: z.string().optional().meta({ description: 'The code in the mail, instead of `token`' }),
}

/**
 * @param userId The user who is logged in, and need not state the address.
 * @throws {RequestError} `invalid_request` for neither or both
 */
export function readPresented({ token, email, code }: PresentedBody, userId?: string): Presented {
  if (token !== undefined && code === undefined) return { token }
  if (code === undefined || token !== undefined) throw unfit('token', 'Send either token, or code with email')
  if (email !== undefined) return { code, address: normalEmail(email) ?? email }
  if (userId === undefined) throw unfit('email', 'Is required with code')
  return { code, userId }
}

function unfit(member: string, msg: string): RequestError {
  return new RequestError('invalid_request', 'The body is invalid', { members: [{ member, msg }] })
}
