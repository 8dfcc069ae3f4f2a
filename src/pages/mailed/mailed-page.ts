import type { Messages } from '../messages/index.ts'
import { noticeOf } from '../notice.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { problemOf } from '../problem.ts'
import type { Answer } from '../requests/ask.ts'
import type { Form } from '../requests/form.ts'
import type { Site } from '../site.ts'
import { doneNotice } from '../view/controls.ts'
import { cardPage } from '../view/layout.ts'
import { type Entered, type FormWords, mailedForm, type Typed, titleOf } from './mailed-form.ts'
import { presentedBy } from './presented.ts'

/** A page that a mail links to. */
export interface MailedPage<Body = unknown> {
  readonly path: string
  readonly wordsOf: (messages: Messages['mailed']) => FormWords
  /** What a person without the token of the link types. */
  readonly typed: Typed | ((visit: Visit) => Promise<Typed>)
  /** The route that takes what the mail said. */
  readonly route: string
  readonly asks?: 'password' | 'remember'
  /** What else the route takes. */
  readonly more?: (form: Form) => Readonly<Record<string, unknown>>
  /** Where another mail is asked for. */
  readonly askAt?: string
  /** What follows the answer; `undefined` if it was refused. */
  readonly after: (visit: Visit, answer: Answer<Body>) => Promise<Outcome | undefined> | Outcome | undefined
  /** What the page shows once it has done its work, by the notice. */
  readonly showDone?: (visit: Visit, done: string) => Outcome | undefined
  readonly noticeText?: (messages: Messages['mailed'], done: string | undefined) => string | undefined
  readonly isOffered?: (site: Site) => boolean
}

/** Makes the page. Showing it does not use the link: its form posts the token when the button is pressed. */
export function mailedPage<Body>(row: MailedPage<Body>): Page {
  const { path, route, more, after, showDone, isOffered = () => true } = row
  return {
    path,
    async show(visit) {
      if (!isOffered(visit.site)) return { redirect: visit.site.to('/sign-in') }
      return showDone?.(visit, noticeOf(visit, 'done') ?? '') ?? (await render(visit, row))
    },
    async submit(visit, form) {
      const presented = presentedBy(form)
      const answer = await visit.ask<Body>('POST', route, { ...presented, ...more?.(form) })
      const outcome = await after(visit, answer)
      if (outcome !== undefined || answer.ok) return outcome ?? { redirect: visit.site.to('/sign-in') }
      const token = form.text('token')
      const field = (await typedOf(visit, row)) === 'link' ? 'link' : 'code'
      const problem = problemOf(answer, visit.messages, token ? {} : { code_invalid: field, token: field })
      // A link that was refused once is refused for good: then the page asks for the code.
      return render(visit, row, { form, problem, token: answer.code === 'code_invalid' ? '' : token })
    },
  }
}

async function typedOf<Body>(visit: Visit, { typed }: MailedPage<Body>): Promise<Typed> {
  return typeof typed === 'function' ? typed(visit) : typed
}

async function render<Body>(visit: Visit, row: MailedPage<Body>, entered: Entered = {}): Promise<Outcome> {
  const words = row.wordsOf(visit.messages.mailed)
  const typed = await typedOf(visit, row)
  const notice = entered.problem ? undefined : row.noticeText?.(visit.messages.mailed, noticeOf(visit, 'done'))
  const { lead, content } = mailedForm(visit, { ...row, words, typed }, entered, doneNotice(notice))
  return {
    ...(entered.problem && { status: entered.problem.status }),
    html: cardPage(visit, { title: titleOf(words, visit.site.brand.name), lead, content }),
  }
}
