import type { SessionsBody } from '../../../routes/types.ts'
import { telling } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { doneNotice, doneText, problemSummary } from '../../view/controls.ts'
import { html, when } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { readId } from '../form-id.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../member-page.ts'
import { sessionRow } from './session-row.ts'

const path = '/account/sessions'

/** As many as can be looked through at once. */
const pageSize = 20

/** Where the user is signed in. */
export const sessions: Page = memberPage({ path, show: (visit) => render(visit) })

export const endSession: Page = memberPage({
  path: '/account/sessions/end',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('DELETE', `/sessions/${readId(form)}`)
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'ended' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

export const endOtherSessions: Page = memberPage({
  path: '/account/sessions/end-others',
  nextOf: () => path,
  async submit(visit) {
    const answer = await visit.ask('DELETE', '/sessions')
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'others-ended' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { site, messages } = visit
  const { sessions: words } = messages.account
  const after = visit.query('after')
  const listed = await visit.ask<SessionsBody>('GET', `/sessions?${pageQuery(after)}`)
  // The cursor is of an address that someone changed, or of a session that is deleted.
  if (!listed.ok && listed.code === 'invalid_request') return { redirect: site.to(path) }
  if (!listed.ok) return unavailable(visit, listed)
  const { sessions: found, next } = listed.body
  const done = doneText(visit, words.done)
  const hasOthers = next !== null || after !== undefined || found.some(({ current }) => !current)
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: 'list',
      content: html`${problemSummary(problem) || doneNotice(done)}
        <div class="panel"><ul class="rows">${found.map((session) => sessionRow(visit, session))}</ul></div>
        <div class="actions spread">
          ${when(
            hasOthers && words.endOthers,
            (label) =>
              html`<form method="post" action="${site.to('/account/sessions/end-others')}">${formOwner(visit)}<button class="danger" type="submit">${label}</button></form>`,
          )}
          ${when(after, () => html`<a href="${site.to(path)}">${words.newest}</a>`)}
          ${when(next, (cursor) => html`<a href="${site.to(path, { after: cursor })}">${words.older}</a>`)}
        </div>`,
    }),
  }
}

function pageQuery(after: string | undefined): URLSearchParams {
  return new URLSearchParams({ limit: `${pageSize}`, ...(after !== undefined && { after }) })
}
