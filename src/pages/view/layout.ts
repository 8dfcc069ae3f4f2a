import type { Messages } from '../messages/index.ts'
import type { Visit } from '../page.ts'
import type { Site } from '../site.ts'
import { type Html, html, when } from './html.ts'
import { brandMark, icons } from './icons.ts'

/** What stands around the content of a page. */
interface Frame {
  readonly title: string
  /** One sentence below the title. */
  readonly lead?: Html | string | undefined
  readonly content: unknown
  readonly head?: Html
}

/** A page with one card, for everything before a person is signed in. */
export function cardPage(visit: Visit, { title, lead, content, head }: Frame): Html {
  return wholePage(
    visit,
    title,
    html`<main class="stage">
      <div class="card">
        <a class="brand" href="${visit.site.to('/')}">${logo(visit)}</a>
        <h1>${title}</h1>
        ${when(lead, (text) => html`<p class="lead">${text}</p>`)}
        ${content}
      </div>
    </main>`,
    head,
  )
}

/** A page that leads to another site, at once. */
export function leavingPage(visit: Visit, page: Omit<Frame, 'content'> & { label: string; to: string }): Html {
  const { title, lead, label, to } = page
  const content = html`<p class="stack"><a class="button primary" href="${to}">${label}</a></p>`
  return cardPage(visit, { title, lead, content, head: html`<meta http-equiv="refresh" content="0; url=${to}">` })
}

interface AccountFrame extends Frame {
  readonly username: string
  /** All but the overview have a way back to it. */
  readonly kind: 'overview' | 'list' | 'form'
}

/** A page of the account, with the name of the user above it. */
export function accountPage(visit: Visit, { title, lead, content, username, kind }: AccountFrame): Html {
  const { site, messages } = visit
  return wholePage(
    visit,
    title,
    html`<header class="bar">
        <a class="brand" href="${site.to('/account')}">${picture(visit, '')}<span>${site.brand.name}</span></a>
        <form method="post" action="${site.to('/sign-out')}">
          <span class="avatar" aria-hidden="true">${initialOf(username)}</span><span class="who">${username}</span>
          <button class="quiet" type="submit">${messages.common.signOut}</button>
        </form>
      </header>
      <main class="column ${kind}">
        ${kind === 'overview' ? '' : html`<a class="back" href="${site.to('/account')}">${icons.back}${messages.account.back}</a>`}
        <h1>${title}</h1>
        ${when(lead, (text) => html`<p class="lead">${text}</p>`)}
        ${content}
      </main>`,
  )
}

function initialOf(username: string): string {
  const [{ segment } = { segment: '' }] = new Intl.Segmenter().segment(username)
  return segment.toUpperCase()
}

function wholePage({ site, language, messages }: Visit, title: string, body: Html, head: Html | '' = ''): Html {
  const { brand, assets } = site
  return html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${title} · ${brand.name}</title>
    <link rel="icon" href="${assets.icon}">
    <link rel="stylesheet" href="${assets.style}">
    ${script(site, messages)}${head}
  </head>
  <body>
    ${body}
  </body>
</html>`
}

/** The script runs before the page is painted: nothing moves, and the token of a mailed link leaves the address. */
function script({ assets, passwordMinLength }: Site, { common }: Messages): Html {
  return html`<script type="module" blocking="render" src="${assets.script}" data-show="${common.showPassword}" data-copy="${common.copy}" data-copied="${common.copied}" data-not-copied="${common.notCopied}" data-strength="${common.strength.join('|')}" data-min-length="${passwordMinLength}" data-passkeys="${assets.passkeys}"></script>`
}

/** With the name of the brand for those who do not see it. */
function logo(visit: Visit): Html {
  const { brand, assets } = visit.site
  return html`${picture(visit, brand.name)}${assets.logo === undefined ? html`<span class="hidden">${brand.name}</span>` : ''}`
}

function picture({ site: { assets } }: Visit, alt: string): Html {
  return assets.logo === undefined ? brandMark : html`<img src="${assets.logo}" alt="${alt}" height="40">`
}
