import type { ErrorCode } from '../errors.ts'
import type { Visit } from './page.ts'
import type { Html } from './view/html.ts'
import { html } from './view/html.ts'
import { icons } from './view/icons.ts'
import { cardPage } from './view/layout.ts'

/** What a person sees where a page could not be made. */
export function errorPage(visit: Visit, code: ErrorCode): Html {
  const { problems, common } = visit.messages
  const text = (problems as Readonly<Record<string, unknown>>)[code]
  const home = html`<p class="stack"><a class="button" href="${visit.site.to('/')}">${common.home}</a></p>`
  return cardPage(visit, {
    title: common.failed,
    content: html`<div class="notice error" role="alert">${icons.error}<p>${
      typeof text === 'string' ? text : problems.other
    }</p></div>${home}`,
  })
}

export function notFoundPage(visit: Visit): Html {
  const { common } = visit.messages
  const home = html`<p class="stack"><a class="button" href="${visit.site.to('/')}">${common.home}</a></p>`
  return cardPage(visit, { title: common.notFound, lead: common.notFoundLead, content: home })
}
