import type { Outcome, Page } from '../page.ts'
import type { Problem } from '../problem.ts'
import { nextOf } from '../sign-in/destination.ts'
import { submit } from '../view/controls.ts'
import { html } from '../view/html.ts'
import { formPage } from './form-page.ts'
import { type MemberVisit, memberPage } from './member-page.ts'
import { type AskedProof, hasFactor, proofFields, proofProblem, prove } from './proof.ts'

/** Asks for the password, and the second factor if there is one, before a change of how the user signs in. */
export const confirm: Page = memberPage({
  path: '/account/confirm',
  // Signing in proves the same.
  nextOf: (visit) => nextOf(visit) ?? '/account',
  show: async (visit) => render(visit, await askedOf(visit)),
  async submit(visit, form) {
    const asked = await askedOf(visit)
    const answer = await prove(visit, form, asked)
    if (!answer.ok) return render(visit, asked, proofProblem(visit, answer))
    return { redirect: visit.site.to(nextOf(visit) ?? '/account') }
  },
})

async function askedOf(visit: MemberVisit): Promise<AskedProof> {
  const asksCode = await hasFactor(visit)
  // The form of a new password asks for the current one itself.
  return { asksCode, asksPassword: !(asksCode && nextOf(visit) === '/account/password') }
}

function render(visit: MemberVisit, asked: AskedProof, problem?: Problem): Outcome {
  const { site, messages } = visit
  const { confirm: words } = messages.account
  return formPage(visit, {
    title: words.title,
    lead: words.lead,
    problem,
    fields: html`${proofFields(visit, asked, problem)}
        ${
          asked.asksPassword && site.hasMail
            ? html`<p class="beside"><a href="${site.to('/forgot-password')}">${messages.signIn.forgot}</a></p>`
            : ''
        }`,
    button: submit(messages.common.continue),
  })
}
