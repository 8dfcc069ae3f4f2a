import type { Outcome, Visit } from '../page.ts'

/** How either page calls what was done. */
interface Done {
  readonly account: 'verified' | 'email'
  readonly signIn: 'email-verified' | 'email-changed'
}

/** Where a person goes on: to the account, or to sign in to it, with a notice of what was done. */
export async function afterwards(visit: Visit, done: Done): Promise<Outcome> {
  const { ok: isSignedIn } = await visit.ask('GET', '/me')
  const redirect = isSignedIn
    ? visit.site.to('/account', { done: done.account })
    : visit.site.to('/sign-in', { done: done.signIn })
  return { redirect }
}
