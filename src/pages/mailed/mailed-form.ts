import type { Visit } from '../page.ts'
import type { Problem } from '../problem.ts'
import type { Form } from '../requests/form.ts'
import { isRemembered, withDestination } from '../sign-in/destination.ts'
import { checkbox, field, hidden, problemSummary, submit } from '../view/controls.ts'
import { type Html, html } from '../view/html.ts'

/** What a person types who has no script to take the token from the link. */
export type Typed = 'email and code' | 'code' | 'link'

export interface FormWords {
  readonly title: string | ((name: string) => string)
  /** With the token of the link. */
  readonly press: string
  /** Without it. */
  readonly type: string
  /** Without it, if a code cannot be used either. */
  readonly paste?: string
  readonly submit: string
}

export interface MailedForm {
  readonly path: string
  readonly words: FormWords
  readonly typed: Typed
  readonly asks?: 'password' | 'remember'
  readonly askAt?: string
}

/** What the form contained, if it is shown again. */
export interface Entered {
  readonly form?: Form | undefined
  /** The token of the link; empty if there is none, or it was refused. */
  readonly token?: string
  /** The address to which the mail went: it need not be typed. */
  readonly sentTo?: string
  readonly problem?: Problem
}

/**
 * One form for the link and the code. As it is sent, it asks for the code. The script, which alone sees the token after
 * `#`, fills in the token and leaves only the button. It runs before the browser paints, so that no one sees the page
 * change.
 */
export function mailedForm(
  visit: Visit,
  { path, words, typed, asks, askAt }: MailedForm,
  entered: Entered,
  notice: Html | '',
): { readonly lead: Html | string; readonly content: Html } {
  const { form, token = '', problem } = entered
  const type = (typed === 'link' && words.paste) || words.type
  const lead = token
    ? words.press
    : html`<span data-typed>${type}</span><span data-pressed hidden>${words.press}</span>`
  const content = html`${problemSummary(problem) || notice}
    <form method="post" action="${withDestination(visit, path)}">
      ${
        token
          ? hidden('token', token)
          : html`<input type="hidden" name="token" data-script="token">
            <fieldset data-typed>${typedFields(visit, typed, entered)}</fieldset>`
      }
      ${asks === 'password' ? newPassword(visit, problem) : ''}
      ${asks === 'remember' ? checkbox('remember', visit.messages.signIn.remember, form?.isChecked('remember') ?? isRemembered(visit)) : ''}
      ${submit(words.submit)}
    </form>
    ${token ? '' : after(visit, askAt)}`
  return { lead, content }
}

export function titleOf({ title }: Pick<FormWords, 'title'>, name: string): string {
  return typeof title === 'string' ? title : title(name)
}

function typedFields(visit: Visit, typed: Typed, { form, sentTo, problem }: Entered): Html {
  const { mailed: words } = visit.messages
  if (typed === 'link') {
    return field(visit, {
      name: 'link',
      label: words.link,
      autocomplete: 'off',
      value: form?.text('link'),
      hint: words.linkHint,
      isFirst: true,
      problem,
    })
  }
  const code = field(visit, {
    name: 'code',
    label: words.code,
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
    value: form?.text('code'),
    problem,
    ...((typed === 'code' || sentTo !== undefined) && { isFirst: true }),
  })
  if (typed === 'code') return code
  if (sentTo !== undefined) return html`${hidden('email', sentTo)}${code}`
  return html`${addressField(visit, { form, problem })}${code}`
}

/** The address that a mail was sent to, or is to be sent to. */
export function addressField(
  visit: Visit,
  { form, problem }: { readonly form: Form | undefined; readonly problem: Problem | undefined },
): Html {
  return field(visit, {
    name: 'email',
    label: visit.messages.common.email,
    type: 'email',
    inputmode: 'email',
    autocomplete: 'username',
    value: form?.text('email'),
    isFirst: true,
    problem,
  })
}

function newPassword(visit: Visit, problem: Problem | undefined): Html {
  const { common } = visit.messages
  return field(visit, {
    name: 'new_password',
    label: common.newPassword,
    type: 'password',
    autocomplete: 'new-password',
    hint: common.passwordHint(visit.site.passwordMinLength),
    // Browsers focus the first field that is enabled, so this one only if those above are not asked for.
    isFirst: true,
    script: 'strength',
    problem,
  })
}

/** Links for a person who got no mail, or whose mail is used up. */
function after(visit: Visit, askAt: string | undefined): Html {
  const { mailed: words } = visit.messages
  return html`<div class="after" data-typed>
    ${askAt === undefined ? '' : html`<p>${words.noMail} <a href="${withDestination(visit, askAt)}">${words.askAgain}</a>.</p>`}
    <p><a href="${withDestination(visit, '/sign-in')}">${words.backToSignIn}</a></p>
  </div>`
}
