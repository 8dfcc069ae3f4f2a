import type { DevicesBody } from '../../../routes/types.ts'
import { telling } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import { doneNotice, doneText, hidden, problemSummary } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { accountPage } from '../../view/layout.ts'
import { deviceIcon, deviceLabel } from '../device-label.ts'
import { readId } from '../form-id.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

const path = '/account/devices'

/** The devices on which the user is not asked for a second factor. */
export const trustedDevices: Page = memberPage({ path, show: (visit) => render(visit) })

export const removeDevice: Page = memberPage({
  path: '/account/devices/remove',
  nextOf: () => path,
  async submit(visit, form) {
    const answer = await visit.ask('DELETE', `/devices/${readId(form)}`)
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'removed' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

export const removeAllDevices: Page = memberPage({
  path: '/account/devices/remove-all',
  nextOf: () => path,
  async submit(visit) {
    const answer = await visit.ask('DELETE', '/devices')
    if (answer.ok) return { redirect: visit.site.to(path, telling(visit, { done: 'all-removed' })) }
    return render(visit, problemOf(answer, visit.messages))
  },
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { trusted: words } = visit.messages.account
  const listed = await visit.ask<DevicesBody>('GET', '/devices')
  if (!listed.ok) return unavailable(visit, listed)
  const { devices } = listed.body
  return {
    ...(problem && { status: problem.status }),
    html: accountPage(visit, {
      title: words.title,
      lead: words.lead,
      username: visit.me.username,
      kind: devices.length === 0 ? 'form' : 'list',
      content: html`${problemSummary(problem) || doneNotice(doneText(visit, words.done))}
        ${
          devices.length === 0
            ? html`<div class="panel"><div class="inner"><p class="dim">${words.none}</p></div></div>`
            : html`<div class="panel"><ul class="rows">${devices.map((device) => deviceRow(visit, device))}</ul></div>
              ${removeAllForm(visit)}`
        }`,
    }),
  }
}

function removeAllForm(visit: MemberVisit): Html {
  return html`<div class="actions"><form method="post" action="${visit.site.to('/account/devices/remove-all')}">${formOwner(visit)}
    <button class="danger" type="submit">${visit.messages.account.trusted.removeAll}</button>
  </form></div>`
}

function deviceRow(visit: MemberVisit, device: DevicesBody['devices'][number]): Html {
  const { trusted: words } = visit.messages.account
  const { id, current, address, last_used_at: used, expires_at: end } = device
  const name = deviceLabel(visit, device)
  return html`<li class="session">
    ${deviceIcon(device)}
    <div class="text">
      <p class="value"><strong>${name}</strong>${current ? html` <span class="tag">${words.current}</span>` : ''}</p>
      <p>${words.lastUsed} ${timeAgo(visit, used)}${when(address, (from) => html` · ${from}`)}</p>
      <p>${words.until} ${dateOf(visit, end)}</p>
    </div>
    <form method="post" action="${visit.site.to('/account/devices/remove')}">${formOwner(visit)}
      ${hidden('id', id)}<button class="small" type="submit" aria-label="${words.removeOf(name)}">${words.remove}</button>
    </form>
  </li>`
}
