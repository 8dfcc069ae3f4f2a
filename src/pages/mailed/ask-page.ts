import type { Messages } from '../messages/index.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { withDestination } from '../sign-in/destination.ts'
import type { Site } from '../site.ts'
import { problemSummary, submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { icons } from '../view/icons.ts'
import { cardPage } from '../view/layout.ts'
import { addressField, type MailedForm, mailedForm } from './mailed-form.ts'
import type { MailedPage } from './mailed-page.ts'

/** A page that requests a mail. */
export interface AskPage {
  readonly path: string
  readonly wordsOf: (messages: Messages['mailed']) => {
    readonly title: string
    readonly lead: string
    readonly submit: string
  }
  /** The route that sends it. */
  readonly route: string
  /** The same for every address. */
  readonly sentOf: (messages: Messages['mailed']['sent'], email: string) => string
  /** The page that takes the code of the mail. */
  readonly next: Pick<MailedPage, 'path' | 'wordsOf' | 'asks'>
  readonly isOffered: (site: Site) => boolean
  /** Where users who are signed in are sent instead. */
  readonly forMembers?: string
}

/** Makes the page. Only the mail reveals whether an account has the address. The page that follows takes the code. */
export function askPage(row: AskPage): Page {
  return {
    path: row.path,
    async show(visit) {
      if (!row.isOffered(visit.site)) return { redirect: withDestination(visit, '/sign-in') }
      return (await memberOutcome(visit, row)) ?? renderAsk(visit, row)
    },
    async submit(visit, form) {
      const elsewhere = await memberOutcome(visit, row)
      if (elsewhere !== undefined) return elsewhere
      const email = form.text('email')
      const answer = await visit.ask('POST', row.route, { email })
      if (answer.ok) return renderSent(visit, row, email)
      return renderAsk(visit, row, { form, problem: problemOf(answer, visit.messages) })
    },
  }
}

async function memberOutcome(visit: Visit, { forMembers }: AskPage): Promise<Outcome | undefined> {
  if (forMembers === undefined || !(await visit.ask('GET', '/me')).ok) return undefined
  return { redirect: visit.site.to(forMembers) }
}

function renderAsk(
  visit: Visit,
  { wordsOf }: AskPage,
  { form, problem }: { readonly form?: Form; readonly problem?: Problem } = {},
): Outcome {
  const { mailed } = visit.messages
  const words = wordsOf(mailed)
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      lead: words.lead,
      content: html`${problemSummary(problem)}
        <form method="post">
          ${addressField(visit, { form, problem })}
          ${submit(words.submit)}
        </form>
        <div class="after"><p><a href="${withDestination(visit, '/sign-in')}">${mailed.backToSignIn}</a></p></div>`,
    }),
  }
}

function renderSent(visit: Visit, { path, next, sentOf }: AskPage, email: string): Outcome {
  const { sent } = visit.messages.mailed
  const form: MailedForm = {
    ...next,
    words: next.wordsOf(visit.messages.mailed),
    typed: 'email and code',
    askAt: path,
  }
  const notice = html`<div class="notice info" role="status">${icons.mail}<p>${sentOf(sent, email)}</p></div>`
  const { content } = mailedForm(visit, form, { sentTo: email }, notice)
  return { html: cardPage(visit, { title: sent.title, lead: sent.lead, content }) }
}
