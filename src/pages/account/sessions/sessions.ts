import type { SessionsBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { html, when } from '../../view/html.ts'
import { readId } from '../frames/form-id.ts'
import { listForms, listPage } from '../frames/list-page.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { sessionRow } from './session-row.ts'

const path = '/account/sessions'
const listForm = listForms(path, render)

/** As many as a person can look through at once. */
const pageSize = 20

/** Where the user is signed in. */
export const sessions: Page = memberPage({ path, show: (visit) => render(visit) })

export const endSession: Page = listForm({
  path: '/account/sessions/end',
  send: ({ ask }, form) => ask('DELETE', `/sessions/${readId(form)}`),
  done: 'ended',
})

export const endOtherSessions: Page = listForm({
  path: '/account/sessions/end-others',
  send: ({ ask }) => ask('DELETE', '/sessions'),
  done: 'others-ended',
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { site, messages } = visit
  const { sessions: words } = messages.account
  const after = visit.query('after')
  const listed = await visit.ask<SessionsBody>('GET', `/sessions?${pageQuery(after)}`)
  // The cursor in the address is not one of ours.
  if (!listed.ok && listed.code === 'invalid_request') return { redirect: site.to(path) }
  if (!listed.ok) return unavailable(visit, listed)
  const { sessions: found, next } = listed.body
  const hasOthers = next !== null || after !== undefined || found.some(({ current }) => !current)
  return listPage(visit, {
    words,
    problem,
    rows: found.map((session) => sessionRow(visit, session)),
    actions: html`<div class="actions spread">
      ${when(
        hasOthers && words.endOthers,
        (label) =>
          html`<form method="post" action="${site.to('/account/sessions/end-others')}">${formOwner(visit)}<button class="danger" type="submit">${label}</button></form>`,
      )}
      ${when(after, () => html`<a href="${site.to(path)}">${words.newest}</a>`)}
      ${when(next, (cursor) => html`<a href="${site.to(path, { after: cursor })}">${words.older}</a>`)}
    </div>`,
  })
}

function pageQuery(after: string | undefined): URLSearchParams {
  return new URLSearchParams({ limit: `${pageSize}`, ...(after !== undefined && { after }) })
}
