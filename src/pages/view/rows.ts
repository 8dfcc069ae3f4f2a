import type { Visit } from '../page.ts'
import { type Html, html, when } from './html.ts'

/** A group of rows under a heading. Rows that are empty are left out. */
export function panel(id: string, title: string, rows: readonly (Html | '')[]): Html {
  return html`<section class="panel" aria-labelledby="${id}">
    <header><h2 id="${id}">${title}</h2></header>
    <ul class="rows">${rows.filter((one) => one !== '')}</ul>
  </section>`
}

interface Row {
  readonly label?: string
  readonly value: Html
  readonly about?: Html | ''
}

/** One thing, its state, and what can be done with it. */
export function row({ label, value, about = '' }: Row, action: Html | '' = ''): Html {
  return html`<li class="fact${label ? '' : ' wide'}">
    ${when(label, (text) => html`<span class="label">${text}</span>`)}
    <div class="text"><p class="value">${value}</p>${about}</div>
    ${action}
  </li>`
}

interface AskRow {
  readonly icon: Html | ''
  readonly text: Html
  /** Label of the button that opens the forms. */
  readonly label: string
  /** What the forms are about, for those who hear the buttons alone. */
  readonly name: string
  readonly forms: Html
  /** Whether the forms are shown at once. */
  readonly isOpen?: boolean
}

/** One thing, and forms about it that are shown on request. */
export function askRow({ icon, text, label, name, forms, isOpen = false }: AskRow): Html {
  return html`<li>
    ${icon}
    <div class="text beside-ask">${text}</div>
    <details class="ask" name="ask"${isOpen ? html` open` : ''}>
      <summary class="button quiet">${label}<span class="hidden">: ${name}</span></summary>
      ${forms}
    </details>
  </li>`
}

/** A link that says what it is about to those who hear the links alone. */
export function rowLink({ site }: Visit, path: string, label: string, about: string): Html {
  return html`<a class="act" href="${site.to(path)}">${label}<span class="hidden">: ${about}</span></a>`
}
