import type { Calls } from '../../src/client/calls.ts'
import type { Mailbox } from '../auth/email/mailbox.ts'
import { codeNow } from '../auth/mfa/authenticator.ts'
import { password, type Service } from '../auth/service.ts'

/** Calls a method of the client in a page. @returns Its value; it throws where the call failed. */
export type CallInPage = (name: keyof Calls, ...given: readonly unknown[]) => Promise<Readonly<Record<string, unknown>>>

/** The life of an account: every method of the client, in an order in which each succeeds. */
export async function callEverything(
  call: CallInPage,
  { service, inbox, username }: { readonly service: Service; readonly inbox: Mailbox; readonly username: string },
): Promise<void> {
  const email = `${username}@mail.example`
  const other = { username, password }
  const tokenOf = async (address: string) => ({ token: await nextToken(inbox, address) })

  await call('register', { username, email, password })
  await call('verifyEmail', await tokenOf(email))
  await call('requestVerification', { email })
  await call('login', other)
  await call('me')
  await call('refresh')
  await service.auth.login(other)
  const sessions = (await call('listSessions')).sessions as { id: string; current: boolean }[]
  await call('endSession', sessions.find(({ current }) => !current)?.id)
  await call('endOtherSessions')

  await call('reauthenticate', { password })
  await call('changeUsername', { username: `${username}-new` })
  const next = `new-${email}`
  await call('requestEmailChange', { new_email: next })
  await nextToken(inbox, next)
  await call('cancelEmailChange', await tokenOf(email))
  await call('requestEmailChange', { new_email: next })
  await nextToken(inbox, email)
  await call('confirmEmailChange', await tokenOf(next))
  await call('undoEmailChange', await tokenOf(email))

  // The session has ended, and the password with it. A link for another was mailed: the next one replaces it.
  await nextToken(inbox, email)
  await call('forgotPassword', { email })
  await call('resetPassword', { ...(await tokenOf(email)), new_password: password })
  await call('requestSignIn', { email })
  await call('signIn', await tokenOf(email))
  await call('logout')
  const { id = '' } = (await service.auth.users.findByUsername(`${username}-new`)) ?? {}
  const link = await service.auth.users.oneTimeLink(id)
  const second = 'quite another password'
  await call('redeemOneTimeLink', { token: link?.token, new_password: second })

  await call('login', { username: email, password: second })
  await call('changePassword', { current_password: second, new_password: password })
  await call('reauthenticate', { password })
  const app = await call('beginTotp', { name: 'Telephone' })
  const code = () => codeNow(service, String(app.secret))
  await call('confirmTotp', app.id, { code: code() })
  await call('listFactors')
  await call('makeRecoveryCodes')
  await call('logout')
  service.elapsed += 60
  const { mfa_token } = await call('login', { username: email, password })
  await call('verifyMfa', { mfa_token, method: 'totp', code: code() })
  await call('removeTotp', app.id)
  // The token is a new one, from a refresh, and deleting an account requires a fresh one.
  await call('reauthenticate', { password })
  await call('deleteMe')
}

/** Of the next mail that has a link: others are notices. */
async function nextToken(inbox: Mailbox, address: string): Promise<string> {
  const { token } = await inbox.next(address)
  return token === '' ? nextToken(inbox, address) : token
}
