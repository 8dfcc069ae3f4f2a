import { type ChallengeBody, challengeOutcome, passkeyOf } from '../challenge.ts'
import type { Outcome, Page } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { nextOf } from '../sign-in/destination.ts'
import { divider } from '../sign-in/ways.ts'
import { cancelLink, hidden, problemSummary, submit } from '../view/controls.ts'
import { type Html, html, when } from '../view/html.ts'
import { noPasskeysNotice, passkeyForm } from '../view/passkey-form.ts'
import { panelPage } from './form-page.ts'
import { formOwner, type MemberVisit, memberModule, memberPage } from './member-page.ts'
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
  show: async (visit) => render(visit, await waysToProve(visit)),
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

function proveByPasskey({ ask }: MemberVisit, form: Form) {
  const password = form.text('password')
  return ask('POST', '/reauthenticate', { ...passkeyOf(form), ...(password !== '' && { password }) })
}

function askedOf(visit: MemberVisit, ways: WaysToProve): AskedProof {
  const asked = askedProof(ways)
  // The form of a new password asks for the current one itself.
  return asked.asksCode && nextOf(visit) === '/account/password' ? { ...asked, asksPassword: false } : asked
}

function hasFields({ asksPassword, asksCode }: AskedProof): boolean {
  return asksPassword || asksCode
}

function render(visit: MemberVisit, ways: WaysToProve, problem?: Problem): Outcome {
  const { confirm: words } = visit.messages.account
  const asked = askedOf(visit, ways)
  const hasForm = hasFields(asked)
  return panelPage(visit, {
    title: words.title,
    lead: words.lead,
    problem,
    content: html`${problemSummary(problem)}
      ${ways.hasPasskey ? byPasskey(visit, ways, hasForm) : ''}
      ${hasForm ? byPassword(visit, asked, problem) : ways.hasPasskey ? passkeyOnly(visit) : signInAgain(visit)}`,
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

/** Below the button for the passkey. Without script there is none. */
function passkeyOnly(visit: MemberVisit): Html {
  return html`${noPasskeysNotice(visit)}<div class="actions">${cancelLink(visit)}</div>`
}

/** An account that has neither was signed in to by mail, or with another provider. */
function signInAgain(visit: MemberVisit): Html {
  return html`<form method="post" action="${visit.site.to('/sign-out')}">${hidden('next', nextOf(visit))}
    <div class="actions">${submit(visit.messages.account.confirm.signInAgain)}${cancelLink(visit)}</div>
  </form>`
}
