import type { Page } from '../page.ts'

export const signOut: Page = {
  path: '/sign-out',
  show: (visit) => ({ redirect: visit.site.to('/account') }),
  async submit(visit) {
    await visit.ask('POST', '/logout')
    return { redirect: visit.site.to('/sign-in', { done: 'signed-out' }) }
  },
}
