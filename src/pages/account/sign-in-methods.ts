import type { DevicesBody, IdentitiesBody, PasskeysBody, ProvidersBody } from '../../routes/types.ts'
import type { Refusal } from '../requests/ask.ts'
import type { MemberVisit } from './frames/member-page.ts'

/** What the account has to sign in with, besides a password, and where it asks for no second factor. */
export interface SignInMethods extends PasskeysBody, IdentitiesBody, DevicesBody, ProvidersBody {}

export async function signInMethods({ ask }: MemberVisit): Promise<SignInMethods | Refusal> {
  const found = {}
  for (const path of ['/passkeys', '/identities', '/devices', '/providers']) {
    const answer = await ask<Partial<SignInMethods>>('GET', path)
    if (!answer.ok) return answer
    Object.assign(found, answer.body)
  }
  return found as SignInMethods
}

/** The titles of the providers with which the user has linked an account. One that is not set up any more has its name alone. */
export function linkedTitles({ identities, providers }: SignInMethods): string[] {
  const titles = identities.map(({ provider }) => providers.find(({ name }) => name === provider)?.title ?? provider)
  return [...new Set(titles)]
}

/**
 * What would sign the user in without a password, in words; nothing where the password is the only method. The route that
 * removes the password decides.
 */
export function methodsWithoutPassword({ site, messages, me }: MemberVisit, methods: SignInMethods): string[] {
  const { ways: words } = messages.account
  if (site.requiresEmail && !me.email_verified) return []
  const isSetUp = ({ provider }: SignInMethods['identities'][number]) =>
    methods.providers.some(({ name }) => name === provider)
  return [
    ...(methods.passkeys.some(({ verifies_user }) => verifies_user) ? [words.byPasskey] : []),
    ...linkedTitles({ ...methods, identities: methods.identities.filter(isSetUp) }),
    ...(site.hasEmailSignIn && me.email_verified ? [words.byMail] : []),
  ]
}
