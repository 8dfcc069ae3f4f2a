import { type ChallengeBody, challengeOutcome, passkeyOf } from '../challenge.ts'
import type { Outcome, Page, Visit } from '../page.ts'
import { type Problem, problemOf } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { checkbox, field, problemSummary, submit } from '../view/controls.ts'
import { type Html, html } from '../view/html.ts'
import { cardPage } from '../view/layout.ts'
import { noPasskeysNotice, passkeyForm } from '../view/passkey-form.ts'
import { destinationOf, withDestination } from './destination.ts'
import { endStep, readStep } from './login-step.ts'
import { divider } from './ways.ts'

const path = '/sign-in/code'

/** How a page asks for the second factor; an account may have a passkey and an app. */
type Method = 'totp' | 'recovery_code' | 'passkey'

export const secondFactor: Page = {
  path,
  show(visit) {
    return readStep(visit) === undefined ? { redirect: withDestination(visit, '/sign-in') } : render(visit)
  },
  async submit(visit, form) {
    const answer = await visit.ask('POST', '/mfa/verify', {
      mfa_token: readStep(visit)?.token ?? '',
      ...proofOf(visit, form),
      ...(form.isChecked('remember_device') && { remember_device: true }),
    })
    if (!answer.ok) return render(visit, problemOf(answer, visit.messages, { mfa_code_invalid: 'code' }), form)
    endStep(visit)
    return { redirect: destinationOf(visit) }
  },
}

export const secondFactorChallenge: Page = {
  path: '/sign-in/code.js',
  async show(visit) {
    const mfa_token = readStep(visit)?.token ?? ''
    return challengeOutcome(visit, await visit.ask<ChallengeBody>('POST', '/mfa/passkey/options', { mfa_token }))
  },
}

function proofOf(visit: Visit, form: Form): Readonly<Record<string, unknown>> {
  if (form.text('credential') !== '') return { method: 'passkey', ...passkeyOf(form) }
  return { method: methodOf(visit) === 'totp' ? 'totp' : 'recovery_code', code: form.text('code') }
}

function methodOf(visit: Visit): Method {
  const methods = methodsOf(visit)
  if (visit.query('method') === 'recovery' && methods.includes('recovery_code')) return 'recovery_code'
  return methods.includes('passkey') && !methods.includes('totp') ? 'passkey' : 'totp'
}

/** The second factors that the account can use; recovery codes only if some are left. */
function methodsOf(visit: Visit): readonly string[] {
  return readStep(visit)?.methods ?? []
}

function render(visit: Visit, problem?: Problem, form?: Form): Outcome {
  const { secondFactor: words } = visit.messages
  const method = methodOf(visit)
  const leads = { totp: words.lead, recovery_code: words.leadRecovery, passkey: words.leadPasskey }
  return {
    ...(problem && { status: problem.status }),
    html: cardPage(visit, {
      title: words.title,
      lead: leads[method],
      content: html`${problemSummary(problem)}
        ${method === 'passkey' ? passkeyAlone(visit, form) : codeForm(visit, method, problem, form)}
        ${otherWays(visit, method)}`,
    }),
  }
}

function codeForm(visit: Visit, method: Method, problem?: Problem, form?: Form): Html {
  const { secondFactor: words } = visit.messages
  const isApp = method === 'totp'
  const hasPasskey = methodsOf(visit).includes('passkey')
  return html`<form method="post">
      ${field(visit, {
        name: 'code',
        label: isApp ? words.label : words.labelRecovery,
        autocomplete: 'one-time-code',
        isFirst: true,
        problem,
        ...(isApp && { inputmode: 'numeric' }),
      })}
      ${rememberDevice(visit, form)}
      ${submit(words.submit)}
    </form>
    ${
      hasPasskey && isApp
        ? html`<div class="ways">${passkeyButton(visit, { fields: divider(visit.messages.signIn.or) })}</div>`
        : ''
    }`
}

/** Passkeys need a script. Without one, a recovery code still works, if any is left. */
function passkeyAlone(visit: Visit, form?: Form): Html {
  return html`${passkeyButton(visit, { isPrimary: true, fields: rememberDevice(visit, form) })}
    ${noPasskeysNotice(visit)}`
}

function passkeyButton(visit: Visit, look: { readonly isPrimary?: true; readonly fields: Html | '' }): Html {
  return passkeyForm(visit, {
    action: withDestination(visit, path),
    challenge: visit.site.to('/sign-in/code.js'),
    kind: 'get',
    label: visit.messages.secondFactor.usePasskey,
    ...look,
  })
}

function rememberDevice({ site, messages }: Visit, form?: Form): Html | '' {
  const days = Math.round(site.trustedDeviceSeconds / 86_400)
  if (days < 1) return ''
  return checkbox('remember_device', messages.secondFactor.remember(days), form?.isChecked('remember_device') ?? false)
}

function otherWays(visit: Visit, method: Method): Html {
  const { secondFactor: words } = visit.messages
  const methods = methodsOf(visit)
  const link = (label: string, to?: 'recovery') =>
    html`<p><a href="${withDestination(visit, path, { method: to })}">${label}</a></p>`
  const back = methods.includes('totp') ? words.useApp : words.usePasskey
  const recovery = methods.includes('recovery_code') ? link(words.useRecovery, 'recovery') : ''
  return html`<div class="after">
    ${method === 'recovery_code' ? link(back) : recovery}
    <p><a href="${withDestination(visit, '/sign-in')}">${words.startAgain}</a></p>
  </div>`
}
