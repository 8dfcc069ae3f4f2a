import type { IdentitiesBody } from '../../routes/types.ts'
import { type ChallengeBody, challengeOutcome, passkeyOf } from '../challenge.ts'
import type { Outcome, Page } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { nextOf } from '../sign-in/destination.ts'
import { addressOf, providerIn, providerProblem } from '../sign-in/provider.ts'
import { divider } from '../sign-in/ways.ts'
import { cancelLink, hidden, problemSummary, submit } from '../view/controls.ts'
import { type Html, html, when } from '../view/html.ts'
import { noPasskeysNotice, passkeyForm } from '../view/passkey-form.ts'
import { providerMark } from '../view/provider-marks.ts'
import { panelPage } from './frames/form-page.ts'
import { formOwner, type MemberVisit, memberModule, memberPage } from './frames/member-page.ts'
import { leave, type Provider, providersOf } from './linked/providers.ts'
import {
  type AskedProof,
  askedProof,
  namedPassword,
  proofFields,
  proofProblem,
  prove,
  type WaysToProve,
  waysToProve,
} from './proof.ts'

const path = '/account/confirm'

/** Asks for a passkey, or the password and the second factor if there is one, before a change of how the user signs in. */
export const confirm: Page = memberPage({
  path,
  // Signing in proves the same.
  nextOf: (visit) => nextOf(visit) ?? '/account',
  async show(visit) {
    const text = providerProblem(visit)
    return render(
      visit,
      await waysToProve(visit),
      text === undefined ? undefined : { summary: text, fields: {}, status: 200 },
    )
  },
  async submit(visit, form) {
    const ways = await waysToProve(visit)
    const isByPasskey = form.text('credential') !== ''
    const asked = askedOf(visit, ways)
    // The last recovery code was used after the form was shown.
    if (!isByPasskey && !hasFields(asked)) return render(visit, ways)
    const answer = await (isByPasskey ? proveByPasskey(visit, form) : prove(visit, form, asked))
    if (answer.ok) return { redirect: visit.site.to(nextOf(visit) ?? '/account') }
    return render(visit, ways, isByPasskey ? problemOf(answer, visit.messages) : proofProblem(visit, answer))
  },
})

export const confirmChallenge: Page = memberModule({
  path: '/account/confirm.js',
  nextOf: () => '/account',
  async show(visit) {
    return challengeOutcome(visit, await visit.ask<ChallengeBody>('POST', '/reauthenticate/passkey/options'))
  },
})

export const confirmByProvider: Page = memberPage({
  path: '/account/confirm/provider',
  nextOf: (visit) => nextOf(visit) ?? '/account',
  async submit(visit, form) {
    const name = providerIn(form.text('provider'))
    const return_to = addressOf(visit, visit.site.to(nextOf(visit) ?? '/account'))
    const answer = await visit.ask<{ readonly redirect_to: string }>('POST', `/identities/${name}`, {
      purpose: 'reauthenticate',
      return_to,
    })
    if (answer.ok) return leave(visit, name, answer.body.redirect_to)
    return render(visit, await waysToProve(visit), problemOf(answer, visit.messages))
  },
})

function proveByPasskey({ ask }: MemberVisit, form: Form) {
  const password = form.text('password')
  return ask('POST', '/reauthenticate', { ...passkeyOf(form), ...(password !== '' && { password }) })
}

function askedOf(visit: MemberVisit, ways: WaysToProve): AskedProof {
  const asked = askedProof(ways)
  // The form for a new password asks for the current one itself.
  return asked.asksCode && nextOf(visit) === '/account/password' ? { ...asked, asksPassword: false } : asked
}

function hasFields({ asksPassword, asksCode }: AskedProof): boolean {
  return asksPassword || asksCode
}

async function render(visit: MemberVisit, ways: WaysToProve, problem?: Problem): Promise<Outcome> {
  const { confirm: words } = visit.messages.account
  const asked = askedOf(visit, ways)
  const hasForm = hasFields(asked)
  const providers = hasForm || ways.hasPasskey ? [] : await providersThatProve(visit)
  return panelPage(visit, {
    title: words.title,
    lead: words.lead,
    problem,
    content: html`${problemSummary(problem)}
      ${ways.hasPasskey ? byPasskey(visit, ways, hasForm) : ''}
      ${hasForm ? byPassword(visit, asked, problem) : ways.hasPasskey ? passkeyOnly(visit) : byProvider(visit, providers)}`,
  })
}

function byPasskey(visit: MemberVisit, { hasPassword, isPasskeyEnough }: WaysToProve, isFirst: boolean): Html {
  const { site, messages } = visit
  const { confirm: words } = messages.account
  return passkeyForm(visit, {
    action: site.to(path, { next: nextOf(visit) }),
    challenge: site.to('/account/confirm.js'),
    kind: 'get',
    label: words.usePasskey,
    ...(isFirst ? { after: divider(messages.signIn.or) } : { isPrimary: true }),
    fields: html`${formOwner(visit)}${hasPassword && !isPasskeyEnough ? namedPassword(visit, undefined) : ''}`,
  })
}

function byPassword(visit: MemberVisit, asked: AskedProof, problem: Problem | undefined): Html {
  const { site, messages } = visit
  return html`<form method="post" action="${site.to(path, { next: nextOf(visit) })}">${formOwner(visit)}
    ${proofFields(visit, asked, problem)}
    ${when(
      asked.asksPassword && site.hasMail,
      () => html`<p class="beside"><a href="${site.to('/forgot-password')}">${messages.signIn.forgot}</a></p>`,
    )}
    <div class="actions">${submit(messages.common.continue)}${cancelLink(visit)}</div>
  </form>`
}

/** Shown below the button for the passkey, which is missing without script. */
function passkeyOnly(visit: MemberVisit): Html {
  return html`${noPasskeysNotice(visit)}<div class="actions">${cancelLink(visit)}</div>`
}

/** The providers with a linked account that can authenticate the user again. */
async function providersThatProve(visit: MemberVisit): Promise<readonly Provider[]> {
  const listed = await visit.ask<IdentitiesBody>('GET', '/identities')
  const linked = listed.ok ? listed.body.identities.map(({ provider }) => provider) : []
  return (await providersOf(visit)).filter(({ name, proves_again }) => proves_again && linked.includes(name))
}

/**
 * For an account with neither a password nor a passkey, which is signed in to by mail or with a provider. Whether a
 * provider states when it authenticated the person is known only afterwards, so signing in again is offered too: it
 * always works.
 */
function byProvider(visit: MemberVisit, providers: readonly Provider[]): Html {
  const { site, messages } = visit
  if (providers.length === 0) return signInAgain(visit)
  return html`<div class="ways">${providers.map(
    ({ name, title, preset }) =>
      html`<form method="post" action="${site.to('/account/confirm/provider', { next: nextOf(visit) })}">${formOwner(visit)}${hidden('provider', name)}
        <button class="wide" type="submit">${providerMark(preset)}${messages.signIn.withProvider(title)}</button>
      </form>`,
  )}${divider(messages.signIn.or)}</div>
  ${signInAgain(visit)}`
}

function signInAgain(visit: MemberVisit): Html {
  return html`<form method="post" action="${visit.site.to('/sign-out')}">${hidden('next', nextOf(visit))}
    <div class="actions">${submit(visit.messages.account.confirm.signInAgain)}${cancelLink(visit)}</div>
  </form>`
}
