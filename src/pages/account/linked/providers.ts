import type { ProvidersBody } from '../../../routes/types.ts'
import type { Outcome } from '../../page.ts'
import { leavingPage } from '../../view/layout.ts'
import type { MemberVisit } from '../frames/member-page.ts'

export type Provider = ProvidersBody['providers'][number]

export async function providersOf(visit: MemberVisit): Promise<readonly Provider[]> {
  const answer = await visit.ask<ProvidersBody>('GET', '/providers')
  return answer.ok ? answer.body.providers : []
}

/** Leads to a provider by a page of its own: browsers apply the content security policy to the redirects of forms. */
export async function leave(visit: MemberVisit, name: string, to: string): Promise<Outcome> {
  const { linked: words } = visit.messages.account
  const title = (await providersOf(visit)).find((one) => one.name === name)?.title ?? name
  return {
    html: leavingPage(visit, { title: words.leaving(title), lead: words.leavingLead, label: words.go(title), to }),
  }
}
