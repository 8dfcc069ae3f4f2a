import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Answer } from '../../requests/ask.ts'
import type { Form } from '../../requests/form.ts'
import { doneNotice, doneText, problemSummary } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { asksForProof, toConfirm } from '../proof.ts'
import { type MemberVisit, memberPage } from './member-page.ts'

interface ListPage {
  readonly words: {
    readonly title: string
    readonly lead: string
    /** What the forms of the list may have done, by the name of the notice. */
    readonly done: Readonly<Record<string, string>>
  }
  readonly problem: Problem | undefined
  readonly rows: readonly Html[]
  /** Shown in place of the rows if there are none. */
  readonly none?: Html
  /** Below the list. */
  readonly actions?: Html | ''
}

/** A page of the account that lists things, each with what can be done with it. */
export function listPage(visit: MemberVisit, { words, problem, rows, none = html``, actions = '' }: ListPage): Outcome {
  const isEmpty = rows.length === 0
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: isEmpty ? 'form' : 'list',
      content: html`${problemSummary(problem) || doneNotice(doneText(visit, words.done))}
        <div class="panel">${isEmpty ? html`<div class="inner">${none}</div>` : html`<ul class="rows">${rows}</ul>`}</div>
        ${actions}`,
    }),
  }
}

interface ListForm {
  readonly path: string
  readonly send: (visit: MemberVisit, form: Form) => Promise<Answer<unknown>>
  /** The notice afterwards, by its name in the list's words. */
  readonly done: string
  /** Shows the page again with what was typed; by default, there is nothing to type. */
  readonly renderRefused?: (visit: MemberVisit, problem: Problem, form: Form) => Promise<Outcome>
}

/** Makes forms that change something in a list, and lead back to it. */
export function listForms(
  listPath: string,
  render: (visit: MemberVisit, problem: Problem) => Promise<Outcome>,
): (form: ListForm) => Page {
  return ({ path, send, done, renderRefused = (visit, problem) => render(visit, problem) }) =>
    memberPage({
      path,
      nextOf: () => listPath,
      async submit(visit, form) {
        const answer = await send(visit, form)
        if (answer.ok) return { redirect: visit.site.to(listPath, keepNotice(visit, { done })) }
        return asksForProof(answer)
          ? toConfirm(visit, listPath)
          : renderRefused(visit, problemOf(answer, visit.messages), form)
      },
    })
}
