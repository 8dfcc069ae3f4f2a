import type { PasskeysBody } from '../../../routes/types.ts'
import { telling } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { doneNotice, doneText, problemSummary } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { readId } from '../form-id.ts'
import { type MemberVisit, memberPage, unavailable } from '../member-page.ts'
import { asksForProof, toConfirm } from '../proof.ts'
import { passkeyRow } from './passkey-row.ts'

const path = '/account/passkeys'
const addPath = '/account/passkeys/add'

/** The passkeys of the account. */
export const passkeys: Page = memberPage({ path, show: (visit) => render(visit) })

export const renamePasskey: Page = memberPage({
  path: '/account/passkeys/rename',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('PATCH', `/passkeys/${readId(form)}`, { name: form.text('name') })
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'renamed' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

export const removePasskey: Page = memberPage({
  path: '/account/passkeys/remove',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('DELETE', `/passkeys/${readId(form)}`)
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'removed' })) }
    return asksForProof(answer) ? toConfirm(visit, path) : render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { passkeys: words } = visit.messages.account
  const listed = await visit.ask<PasskeysBody>('GET', '/passkeys')
  if (!listed.ok) return unavailable(visit, listed)
  const { passkeys: found } = listed.body
  const summary = problem && { ...problem, fields: {}, summary: Object.values(problem.fields)[0] ?? problem.summary }
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: found.length === 0 ? 'form' : 'list',
      content: html`${problemSummary(summary) || doneNotice(doneText(visit, words.done))}
        ${found.length === 0 ? firstPasskey(visit) : ''}
        ${
          found.length === 0
            ? ''
            : html`<div class="panel"><ul class="rows">${found.map((one) => passkeyRow(visit, one))}</ul></div>
              <div class="actions"><a class="button" href="${visit.site.to(addPath)}">${words.add}</a></div>`
        }`,
    }),
  }
}

function firstPasskey({ site, messages }: MemberVisit): Html {
  const { passkeys: words } = messages.account
  return html`<div class="panel"><div class="inner">
    <p>${words.none}</p>
    <div class="actions"><a class="button primary" href="${site.to(addPath)}">${words.add}</a></div>
  </div></div>`
}
