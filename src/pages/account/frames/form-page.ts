import type { Outcome } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { cancelLink, doneNotice, problemSummary } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { formOwner, type MemberVisit } from './member-page.ts'

interface PanelPage {
  readonly title: string
  readonly lead?: Html | string | undefined
  readonly problem?: Problem | undefined
  readonly content: Html
}

/** A page of the account about one thing. */
export function panelPage(visit: MemberVisit, { title, lead, problem, content }: PanelPage): Outcome {
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

interface FormPage extends Omit<PanelPage, 'content'> {
  /** What was done just before. */
  readonly done?: string | undefined
  /** The page that the form is posted to; by default the one that is shown, with its query. */
  readonly action?: string
  readonly fields: Html | ''
  readonly button: Html
  /** Where the link that cancels leads; the account by default. */
  readonly cancelTo?: string
  readonly after?: Html
}

/** A page of the account with one form, about the user who sees it. */
export function formPage(visit: MemberVisit, page: FormPage): Outcome {
  const { problem, done, action, fields, button, cancelTo, after = '' } = page
  const address = action === undefined ? '' : html` action="${visit.site.to(action)}"`
  return panelPage(visit, {
    ...page,
    content: html`${problemSummary(problem) || doneNotice(done)}
      <form method="post"${address}>${formOwner(visit)}
        ${fields}
        <div class="actions">${button}${cancelLink(visit, cancelTo)}</div>
      </form>
      ${after}`,
  })
}
