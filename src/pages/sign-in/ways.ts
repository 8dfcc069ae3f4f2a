import type { ProvidersBody } from '../../routes/types.ts'
import type { Visit } from '../page.ts'
import { type Html, html } from '../view/html.ts'
import { passkeyForm } from '../view/passkey-form.ts'
import { providerMark } from '../view/provider-marks.ts'
import { withDestination } from './destination.ts'

/** The ways to sign in without a password: a passkey, and other providers. */
export async function otherWays(visit: Visit): Promise<Html> {
  const { signIn: words } = visit.messages
  const answer = await visit.ask<ProvidersBody>('GET', '/providers')
  // Without an answer, the password still signs in.
  const providers = answer.ok ? answer.body.providers : []
  const passkey = passkeyForm(visit, {
    action: withDestination(visit, '/sign-in/passkey'),
    challenge: visit.site.to('/sign-in/passkey.js'),
    kind: 'get',
    label: words.withPasskey,
    failed: visit.messages.passkey.failedSignIn,
    isOffered: true,
    ...(providers.length === 0 && { fields: divider(words.or) }),
  })
  return html`<div class="ways">
    ${providers.length === 0 ? '' : divider(words.or)}
    ${passkey}
    ${providers.map(
      ({ name, title, preset }) =>
        html`<a class="button wide" data-script="remember" href="${withDestination(visit, '/sign-in/with', { provider: name })}">${providerMark(preset)}${words.withProvider(title)}</a>`,
    )}
  </div>`
}

export function divider(text: string): Html {
  return html`<p class="or"><span>${text}</span></p>`
}
