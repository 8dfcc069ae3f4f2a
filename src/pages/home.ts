import type { Page } from './page.ts'
import { withDestination } from './sign-in/destination.ts'

/** The address that a server prints. */
export const home: Page = {
  path: '/',
  async show(visit) {
    const answer = await visit.ask('GET', '/me')
    return { redirect: answer.ok ? visit.site.to('/account') : withDestination(visit, '/sign-in') }
  },
}
