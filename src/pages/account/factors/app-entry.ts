import { renderSVG } from 'uqr'
import type { TotpBody } from '../../../routes/types.ts'
import type { Visit } from '../../page.ts'
import type { Problem } from '../../problem.ts'
import type { Form } from '../../requests/form.ts'
import { field, hidden } from '../../view/controls.ts'
import { type Html, html, raw } from '../../view/html.ts'

/** What a user enters into an authenticator app, by scanning or by typing. */
export type AppEntry = Pick<TotpBody, 'id' | 'secret' | 'otpauth_uri'>

/** Ours are shorter: a name of 64 characters, each encoded in twelve, and a host twice. A QR code has room for more. */
const longestUri = 2000

/** The entry that a form carries, so that no one has to scan again after a wrong code. */
export function readAppEntry(form: Form): AppEntry | undefined {
  const entry = { id: form.text('id'), secret: form.text('secret'), otpauth_uri: form.text('otpauth_uri') }
  const isOurs = /^[\w-]{1,64}$/.test(entry.id) && /^[A-Z2-7]{16,64}$/.test(entry.secret)
  const { otpauth_uri: uri } = entry
  return isOurs && /^otpauth:\/\/totp\/[\x21-\x7e]+$/.test(uri) && uri.length <= longestUri ? entry : undefined
}

/** The steps of setting up an app, as the content of a form. The caller adds the button. */
export function appEntryFields(
  visit: Visit,
  { id, secret, otpauth_uri: uri }: AppEntry,
  { problem, code }: { readonly problem?: Problem | undefined; readonly code?: string | undefined } = {},
): Html {
  const { setUp: words } = visit.messages.account
  return html`${hidden('id', id)}${hidden('secret', secret)}${hidden('otpauth_uri', uri)}
    <ol class="steps">
      <li>
        <p>${words.scan}</p>
        <div class="qr" role="img" aria-label="${words.qr}">${raw(renderSVG(uri, { pixelSize: 1, border: 4 }))}</div>
        <p class="hint"><a href="${uri}">${words.open}</a></p>
        <p class="hint">${words.type}</p>
        <p class="typed"><code class="key" data-script="copy">${inFours(secret)}</code></p>
      </li>
      <li>
        ${field(visit, {
          name: 'code',
          label: words.code,
          hint: words.codeHint,
          inputmode: 'numeric',
          autocomplete: 'one-time-code',
          value: code,
          problem,
        })}
      </li>
    </ol>`
}

function inFours(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(' ') ?? ''
}
