import type { Outcome, Visit } from '../page.ts'

/** Where a person goes on: to the account, or to sign in to it, with a word about what was done. */
export async function afterwards(visit: Visit, done: 'email-verified' | 'email-changed'): Promise<Outcome> {
  const { ok: isSignedIn } = await visit.ask('GET', '/me')
  return { redirect: visit.site.to(isSignedIn ? '/account' : '/sign-in', { done }) }
}
