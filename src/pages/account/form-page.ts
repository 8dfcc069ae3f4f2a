import type { Outcome } from '../page.ts'
import type { Problem } from '../problem.ts'
import { type Html, html } from '../view/html.ts'
import { accountPage } from '../view/layout.ts'
import type { MemberVisit } from './member-page.ts'

interface FormPage {
  readonly title: string
  readonly lead?: Html | string | undefined
  readonly content: Html
  readonly problem?: Problem | undefined
}

/** A page of the account with one form. */
export function formPage(visit: MemberVisit, { title, lead, content, problem }: FormPage): Outcome {
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title,
      lead,
      username: visit.me.username,
      kind: 'form',
      content: html`<div class="panel"><div class="inner">${content}</div></div>`,
    }),
  }
}
