import type { PageName } from '../../mail/links.ts'
import { queueMail } from '../../mail/outbox/outbox.ts'
import type { Challenge } from '../../mail/templates/params.ts'
import type { Sql } from '../../store/engine/database.ts'
import type { User } from '../../store/users/users.ts'
import { makeOneTimeSecret, type WantedSecret } from '../one-time/one-time-secret.ts'
import { type EmailParts, requireMail } from './parts.ts'

interface Kind extends Pick<WantedSecret, 'seconds'> {
  readonly codeDigits: 6 | 8
  readonly page: PageName
}

/** What is mailed, and how long it is valid. What opens an account has more digits. */
const kinds: Readonly<Record<MailedPurpose, Kind>> = {
  verify_email: { page: 'verify-email', seconds: 24 * 60 * 60, codeDigits: 6 },
  reset_password: { page: 'reset-password', seconds: 30 * 60, codeDigits: 8 },
  sign_in: { page: 'sign-in/link', seconds: 10 * 60, codeDigits: 8 },
}

export type MailedPurpose = 'verify_email' | 'reset_password' | 'sign_in'

/** A link and a code that are to be made. */
export interface WantedMailedSecret {
  readonly purpose: MailedPurpose
  readonly owner: string
  /** The account that they are for; `undefined` where there is none. */
  readonly user: Pick<User, 'id' | 'username'> | undefined
  /** In its normal form. */
  readonly address: string
  /** Whether it has a code, which can be guessed. `true` by default. */
  readonly hasCode?: boolean
}

/** Makes a link with its code, in the place of the previous one. */
export async function makeMailedSecret(
  trx: Sql,
  parts: EmailParts,
  { purpose, owner, user, address, hasCode = true }: WantedMailedSecret,
  at: Date,
): Promise<Challenge> {
  const { page, seconds, codeDigits } = kinds[purpose]
  const wanted = { purpose, owner, userId: user?.id ?? null, address, seconds, ...(hasCode && { codeDigits }) }
  const { token, code = '' } = await makeOneTimeSecret(trx, parts, wanted, at)
  const link = requireMail(parts).links.to(page, token)
  return { username: user?.username ?? '', link, code, minutes: seconds / 60 }
}

/**
 * The same, and queues the mail with both.
 * @param secret.recipient The mailbox; `null` for a decoy, which costs the same and is not sent.
 */
export async function mailSecret(
  trx: Sql,
  parts: EmailParts,
  { recipient, ...secret }: WantedMailedSecret & { readonly recipient: string | null },
  at: Date,
): Promise<void> {
  const params = await makeMailedSecret(trx, parts, secret, at)
  await queueMail(trx, parts, { recipient, template: secret.purpose, params })
}
