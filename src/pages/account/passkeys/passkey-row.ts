import type { PasskeyBody } from '../../../routes/types.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html } from '../../view/html.ts'
import { icons } from '../../view/icons.ts'
import { askRow } from '../../view/rows.ts'
import { formOwner, type MemberVisit } from '../frames/member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

interface PasskeyRow {
  readonly isLastFactor: boolean
  /** The new name, if it was refused. */
  readonly refusedName: string | undefined
}

/** A passkey, and what can be done with it. */
export function passkeyRow(visit: MemberVisit, passkey: PasskeyBody, { isLastFactor, refusedName }: PasskeyRow): Html {
  const { passkeys: words } = visit.messages.account
  const { name, last_used_at: used } = passkey
  return askRow({
    icon: icons.passkey,
    text: html`<p class="value"><strong>${name}</strong> ${tags(visit, passkey)}</p>
      <p>${used === null ? words.neverUsed : html`${words.lastUsed} ${timeAgo(visit, used)}`}</p>
      <p>${words.created} ${dateOf(visit, passkey.created_at)}</p>`,
    label: words.edit,
    name,
    isOpen: refusedName !== undefined,
    forms: html`${renameForm(visit, passkey, refusedName)}${removeForm(visit, passkey, isLastFactor)}`,
  })
}

function tags({ messages }: MemberVisit, { synced, verifies_user: verifies }: PasskeyBody): Html {
  const { passkeys: words } = messages.account
  return html`<span class="tag plain">${synced ? words.synced : words.thisDevice}</span>${
    verifies ? '' : html` <span class="tag plain">${words.secondOnly}</span>`
  }`
}

function renameForm(visit: MemberVisit, { id, name }: PasskeyBody, refusedName: string | undefined): Html {
  const { passkeys: words } = visit.messages.account
  return html`<form method="post" action="${visit.site.to('/account/passkeys/rename')}">${formOwner(visit)}${hidden('id', id)}
    <div class="field">
      <label for="name-${id}">${words.name}</label>
      <input id="name-${id}" name="name" type="text" autocomplete="off" maxlength="64" value="${refusedName ?? name}" required${
        refusedName === undefined ? '' : html` aria-invalid="true"`
      }>
    </div>
    <div class="actions"><button type="submit">${words.save}<span class="hidden">: ${name}</span></button></div>
  </form>`
}

function removeForm(visit: MemberVisit, { id, name }: PasskeyBody, isLastFactor: boolean): Html {
  const { passkeys: words } = visit.messages.account
  return html`<form method="post" action="${visit.site.to('/account/passkeys/remove')}">${formOwner(visit)}${hidden('id', id)}
    <p>${isLastFactor ? words.removeLast : words.removeText}</p>
    <div class="actions"><button class="danger" type="submit">${words.removePasskey(name)}</button></div>
  </form>`
}
