import type { SignedInBody } from '../../routes/types.ts'
import { keepNotice } from '../notice.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { afterFirstFactor } from '../sign-in/after-first-factor.ts'
import { destinationOf, withDestination } from '../sign-in/destination.ts'
import { html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { askPage } from './ask-page.ts'
import { type MailedPage, mailedPage } from './mailed-page.ts'

const path = '/sign-in/link'

const row: MailedPage<SignedInBody> = {
  path,
  wordsOf: ({ signInLink }) => signInLink,
  typed: 'email and code',
  route: '/login/email/verify',
  asks: 'remember',
  more: (form) => ({ cookies: true, remember: form.isChecked('remember') }),
  askAt: '/sign-in/mail',
  isOffered: ({ hasEmailSignIn }) => hasEmailSignIn,
  after(visit, answer) {
    if (!answer.ok || answer.body.account === 'existing') return afterFirstFactor(visit, answer)
    return { redirect: withDestination(visit, path, keepNotice(visit, { done: answer.body.account })) }
  },
  showDone: (visit, done) => (done === 'created' || done === 'adopted' ? renderNewOwner(visit, done) : undefined),
}

export const signInLink: Page = mailedPage(row)

export const askSignIn: Page = askPage({
  path: '/sign-in/mail',
  wordsOf: ({ askSignIn: words }) => words,
  route: '/login/email',
  sentOf: ({ anyone }, email) => anyone(email),
  next: { ...row, path },
  isOffered: ({ hasEmailSignIn }) => hasEmailSignIn,
})

/** Says that an account was created, or that someone else may have created it. */
function renderNewOwner(visit: Visit, done: 'created' | 'adopted'): Outcome {
  const { mailed, common } = visit.messages
  const words = mailed.signInLink
  return {
    html: cardPage(visit, {
      title: words[done],
      lead: words[`${done}Lead`],
      content: html`<p class="stack"><a class="button primary" href="${destinationOf(visit)}">${common.continue}</a></p>
        <div class="after"><p><a href="${visit.site.to('/forgot-password')}">${words.setPassword}</a></p></div>`,
    }),
  }
}
