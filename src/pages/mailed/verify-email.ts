import type { Page } from '../page.ts'
import { afterwards } from './afterwards.ts'
import { askPage } from './ask-page.ts'
import { type MailedPage, mailedPage } from './mailed-page.ts'

const row: MailedPage = {
  path: '/verify-email',
  wordsOf: ({ verify }) => verify,
  typed: 'email and code',
  route: '/email/verify',
  askAt: '/verify-email/mail',
  after: (visit, answer) => (answer.ok ? afterwards(visit, 'email-verified') : undefined),
}

export const verifyEmail: Page = mailedPage(row)

export const askVerification: Page = askPage({
  path: '/verify-email/mail',
  wordsOf: ({ askVerification: words }) => words,
  route: '/email/verification',
  sentOf: ({ account }, email) => account(email),
  next: row,
  isOffered: ({ hasMail }) => hasMail,
  // The route mails the address of the account, whatever is typed.
  forMembers: '/account/email/verify',
})
