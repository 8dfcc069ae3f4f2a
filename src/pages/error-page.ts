import type { Visit } from './page.ts'
import type { Html } from './view/html.ts'
import { html } from './view/html.ts'
import { icons } from './view/icons.ts'
import { cardPage } from './view/layout.ts'

/** What a person sees if a page cannot be made. */
export function errorPage(visit: Visit, code: string): Html {
  const { problems, common } = visit.messages
  const texts: Readonly<Record<string, string>> = problems
  const text = Object.hasOwn(texts, code) ? texts[code] : problems.other
  const home = html`<p class="stack"><a class="button" href="${visit.site.to('/')}">${common.home}</a></p>`
  return cardPage(visit, {
    title: common.failed,
    content: html`<div class="notice error" role="alert">${icons.error}<p>${text}</p></div>${home}`,
  })
}

export function notFoundPage(visit: Visit): Html {
  const { common } = visit.messages
  const home = html`<p class="stack"><a class="button" href="${visit.site.to('/')}">${common.home}</a></p>`
  return cardPage(visit, { title: common.notFound, lead: common.notFoundLead, content: home })
}
