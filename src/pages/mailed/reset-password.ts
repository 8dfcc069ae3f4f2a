import { keepNotice } from '../notice.ts'
import type { Page } from '../page.ts'
import type { Form } from '../requests/form.ts'
import { askPage } from './ask-page.ts'
import { type MailedPage, mailedPage } from './mailed-page.ts'

const newPassword = (form: Form) => ({ new_password: form.text('new_password') })

const row: MailedPage = {
  path: '/reset-password',
  wordsOf: ({ reset }) => reset,
  typed: 'email and code',
  route: '/password/reset',
  asks: 'password',
  more: newPassword,
  askAt: '/forgot-password',
  noticeText: ({ reset }, done) => (done === 'undone' ? reset.afterUndo : undefined),
  after: (visit, { ok }) =>
    ok ? { redirect: visit.site.to('/sign-in', keepNotice(visit, { done: 'password-set' })) } : undefined,
}

export const resetPassword: Page = mailedPage(row)

export const forgotPassword: Page = askPage({
  path: '/forgot-password',
  wordsOf: ({ askReset }) => askReset,
  route: '/password/forgot',
  sentOf: ({ account }, email) => account(email),
  next: row,
  isOffered: ({ hasMail }) => hasMail,
})

/** The link that an operator made. */
export const oneTimeLink: Page = mailedPage({
  path: '/one-time-link',
  wordsOf: ({ oneTime }) => oneTime,
  typed: 'link',
  route: '/one-time-link',
  asks: 'password',
  more: newPassword,
  after: row.after,
})
