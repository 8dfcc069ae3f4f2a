import type { Page } from './page.ts'
import { withDestination } from './sign-in/destination.ts'

/** The page at the address that a server prints. It leads to the account, or to sign in. */
export const home: Page = {
  path: '/',
  async show(visit) {
    const answer = await visit.ask('GET', '/me')
    return { redirect: answer.ok ? visit.site.to('/account') : withDestination(visit, '/sign-in') }
  },
}
