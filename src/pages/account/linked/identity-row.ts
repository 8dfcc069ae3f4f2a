import type { IdentitiesBody, ProvidersBody } from '../../../routes/types.ts'
import { hidden } from '../../view/controls.ts'
import { type Html, html, when } from '../../view/html.ts'
import { providerMark } from '../../view/provider-marks.ts'
import { askRow } from '../../view/rows.ts'
import { formOwner, type MemberVisit } from '../frames/member-page.ts'
import { dateOf, timeAgo } from '../times.ts'

type Identity = IdentitiesBody['identities'][number]

/** @param provider Absent if it is not set up any more. */
export function identityRow(
  visit: MemberVisit,
  { id, provider: name, email, created_at: since, last_used_at: used }: Identity,
  provider: ProvidersBody['providers'][number] | undefined,
): Html {
  const { linked: words } = visit.messages.account
  const title = provider?.title ?? name
  return askRow({
    icon: providerMark(provider?.preset ?? ''),
    text: html`<p class="value"><strong>${title}</strong>${when(email, (address) => html` <span class="dim">${address}</span>`)}</p>
      <p>${words.since} ${dateOf(visit, since)}${when(used, (at) => html` · ${words.lastUsed} ${timeAgo(visit, at)}`)}</p>`,
    label: words.remove,
    name: title,
    forms: html`<form method="post" action="${visit.site.to('/account/linked/remove')}">${formOwner(visit)}${hidden('id', id)}
      <p>${words.removeText}</p>
      <div class="actions"><button class="danger" type="submit">${words.removeOf(title)}</button></div>
    </form>`,
  })
}
