import type { DevicesBody } from '../../../routes/types.ts'
import type { Outcome, Page } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { deviceName, deviceRow } from '../device-row.ts'
import { readId } from '../frames/form-id.ts'
import { listForms, listPage } from '../frames/list-page.ts'
import { formOwner, type MemberVisit, memberPage, unavailable } from '../frames/member-page.ts'
import { dateOf } from '../times.ts'

const path = '/account/devices'
const listForm = listForms(path, render)

/** The devices on which the user is not asked for a second factor. */
export const trustedDevices: Page = memberPage({ path, show: (visit) => render(visit) })

export const removeDevice: Page = listForm({
  path: '/account/devices/remove',
  send: ({ ask }, form) => ask('DELETE', `/devices/${readId(form)}`),
  done: 'removed',
})

export const removeAllDevices: Page = listForm({
  path: '/account/devices/remove-all',
  send: ({ ask }) => ask('DELETE', '/devices'),
  done: 'all-removed',
})

async function render(visit: MemberVisit, problem?: Problem): Promise<Outcome> {
  const { trusted: words } = visit.messages.account
  const listed = await visit.ask<DevicesBody>('GET', '/devices')
  if (!listed.ok) return unavailable(visit, listed)
  const { devices } = listed.body
  return listPage(visit, {
    words,
    problem,
    rows: devices.map((device) => trustedRow(visit, device)),
    none: html`<p class="dim">${words.none}</p>`,
    actions: devices.length === 0 ? '' : removeAllForm(visit),
  })
}

function removeAllForm(visit: MemberVisit): Html {
  return html`<div class="actions"><form method="post" action="${visit.site.to('/account/devices/remove-all')}">${formOwner(visit)}
    <button class="danger" type="submit">${visit.messages.account.trusted.removeAll}</button>
  </form></div>`
}

function trustedRow(visit: MemberVisit, device: DevicesBody['devices'][number]): Html {
  const { trusted: words } = visit.messages.account
  const name = deviceName(visit, device)
  return deviceRow(visit, device, {
    about: html`${words.until} ${dateOf(visit, device.expires_at)}`,
    action: html`<form method="post" action="${visit.site.to('/account/devices/remove')}">${formOwner(visit)}
      ${hidden('id', device.id)}<button class="small" type="submit" aria-label="${words.removeOf(name)}">${words.remove}</button>
    </form>`,
  })
}
