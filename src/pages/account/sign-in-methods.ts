import type { DevicesBody, IdentitiesBody, PasskeysBody, ProvidersBody } from '../../routes/types.ts'
import type { Refusal } from '../requests/ask.ts'
import type { MemberVisit } from './frames/member-page.ts'

/** The ways to sign in to the account other than a password, and the devices that need no second factor. */
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

/**
 * The titles of the providers at which the user has linked accounts; the name of a provider that is no longer set up.
 */
export function linkedTitles({ identities, providers }: SignInMethods): string[] {
  const titles = identities.map(({ provider }) => providers.find(({ name }) => name === provider)?.title ?? provider)
  return [...new Set(titles)]
}

/**
 * The methods that sign the user in without a password, in words; none if the password is the only one. The route that
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
