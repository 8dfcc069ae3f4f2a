import type { RegisteredPasskeyBody } from '../../../routes/types.ts'
import { type ChallengeBody, challengeOutcome, passkeyOf } from '../../challenge.ts'
import { keepNotice } from '../../notice.ts'
import type { Outcome, Page } from '../../page.ts'
import { type Problem, problemOf } from '../../problem.ts'
import type { Form } from '../../requests/form.ts'
import { cancelLink, field, problemSummary } from '../../view/controls.ts'
import { html } from '../../view/html.ts'
import { noPasskeysNotice, passkeyForm } from '../../view/passkey-form.ts'
import { showRecoveryCodes } from '../factors/recovery-codes.ts'
import { panelPage } from '../frames/form-page.ts'
import { formOwner, type MemberVisit, memberModule, memberPage } from '../frames/member-page.ts'
import { asksForProof, isProven, toConfirm, waysToProve } from '../proof.ts'

const path = '/account/passkeys/add'
const listPath = '/account/passkeys'

/** Makes a passkey, and adds it to the account. */
export const addPasskey: Page = memberPage({
  path,
  async show(visit) {
    return isProven(visit, await waysToProve(visit)) ? render(visit) : toConfirm(visit, path)
  },
  async submit(visit, form) {
    const name = form.text('name').trim()
    const answer = await visit.ask<RegisteredPasskeyBody>('POST', '/passkeys', {
      ...passkeyOf(form),
      ...(name !== '' && { name }),
    })
    if (answer.ok) {
      const { recovery_codes: codes } = answer.body
      return codes === undefined
        ? { redirect: visit.site.to(listPath, keepNotice(visit, { done: 'added' })) }
        : showRecoveryCodes(visit, codes, visit.messages.account.passkeys.done.added)
    }
    if (asksForProof(answer)) return toConfirm(visit, path)
    return render(visit, { form, problem: problemOf(answer, visit.messages) })
  },
})

export const registrationChallenge: Page = memberModule({
  path: '/account/passkeys/add.js',
  nextOf: () => path,
  async show(visit) {
    const answer = await visit.ask<ChallengeBody>('POST', '/passkeys/options')
    const goTo = !answer.ok && asksForProof(answer) ? visit.site.to('/account/confirm', { next: path }) : undefined
    return challengeOutcome(visit, answer, goTo)
  },
})

function render(
  visit: MemberVisit,
  { form, problem }: { readonly form?: Form; readonly problem?: Problem } = {},
): Outcome {
  const { site, messages } = visit
  const { passkeys: words } = messages.account
  return panelPage(visit, {
    title: words.add,
    lead: words.addLead,
    problem,
    content: html`${problemSummary(problem)}
      ${passkeyForm(visit, {
        action: site.to(path),
        challenge: site.to('/account/passkeys/add.js'),
        kind: 'create',
        label: words.create,
        isPrimary: true,
        fields: html`${formOwner(visit)}${field(visit, {
          name: 'name',
          label: words.name,
          hint: words.nameHint,
          autocomplete: 'off',
          value: form?.text('name'),
          isOptional: true,
          problem,
        })}`,
      })}
      ${noPasskeysNotice(visit)}
      <div class="actions">${cancelLink(visit, listPath)}</div>`,
  })
}
