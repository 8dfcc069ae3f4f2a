import type { Visit } from '../page.ts'
import { type Html, html } from './html.ts'
import { icons } from './icons.ts'

interface PasskeyForm {
  /** The page that the form is posted to, with its query. */
  readonly action: string
  /** The address of the challenge. */
  readonly challenge: string
  readonly kind: 'create' | 'get'
  readonly label: string
  /** What it says if the browser returns no passkey. */
  readonly failed?: string
  /** Whether the browser also offers passkeys in a field of the page. */
  readonly isOffered?: true
  readonly isPrimary?: true
  /** Above the button. */
  readonly fields?: Html | ''
  /** Below it. */
  readonly after?: Html | ''
}

/** A form that the script fills in with a passkey. Without script, and in browsers without passkeys, it is hidden. */
export function passkeyForm({ messages }: Visit, form: PasskeyForm): Html {
  const { passkey: words } = messages
  const { action, challenge, kind, label, failed = words.failed, isOffered, isPrimary, fields = '', after = '' } = form
  return html`<form method="post" action="${action}" data-passkey="${kind}" data-options="${challenge}" data-failed="${failed}" data-exists="${words.exists}"${
    isOffered ? html` data-offered` : ''
  } hidden>${fields}
    <button class="${isPrimary ? 'primary' : 'wide'}" type="submit">${icons.passkey}${label}</button>
    <p class="fault" aria-live="polite"></p>${after}
  </form>`
}

/** For pages on which a passkey is the only way to continue. */
export function noPasskeysNotice({ messages }: Visit): Html {
  return html`<div class="notice info" data-no-passkeys>${icons.error}<p>${messages.passkey.unsupported}</p></div>`
}
