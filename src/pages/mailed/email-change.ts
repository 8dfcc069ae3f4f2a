import { keepNotice } from '../notice.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { afterwards } from './afterwards.ts'
import { mailedPage } from './mailed-page.ts'

/** The code of this mail is accepted only from the account that requested the change. */
export const changeEmail: Page = mailedPage({
  path: '/change-email',
  wordsOf: ({ change }) => change,
  typed: async (visit) => ((await visit.ask('GET', '/me')).ok ? 'code' : 'link'),
  route: '/email/change/confirm',
  after: (visit, { ok }) => (ok ? afterwards(visit, 'email-changed') : undefined),
})

export const cancelEmailChange: Page = mailedPage({
  path: '/cancel-email-change',
  wordsOf: ({ cancel }) => cancel,
  typed: 'link',
  route: '/email/change/cancel',
  after: (visit, { ok }) =>
    ok ? { redirect: visit.site.to('/cancel-email-change', keepNotice(visit, { done: 'cancelled' })) } : undefined,
  showDone: (visit, done) => (done === 'cancelled' ? renderCancelled(visit) : undefined),
})

/** Mails a code that sets a new password, which the next page takes. */
export const undoEmailChange: Page = mailedPage({
  path: '/undo-email-change',
  wordsOf: ({ undo }) => undo,
  typed: 'link',
  route: '/email/change/undo',
  after: (visit, { ok }) =>
    ok ? { redirect: visit.site.to('/reset-password', keepNotice(visit, { done: 'undone' })) } : undefined,
})

function renderCancelled(visit: Visit): Outcome {
  const { cancel: words } = visit.messages.mailed
  return {
    html: cardPage(visit, {
      title: words.done,
      lead: words.doneLead,
      content: html`<p class="stack"><a class="button primary" href="${visit.site.to('/forgot-password')}">${words.setPassword}</a></p>
        <div class="after"><p><a href="${visit.site.to('/account')}">${words.toAccount}</a></p></div>`,
    }),
  }
}
