import { noticeOf } from '../notice.ts'
import type { Visit } from '../page.ts'
import type { Problem } from '../problem.ts'
import { type Html, html, when } from './html.ts'
import { icons } from './icons.ts'

/** A labelled field of a form. */
export interface Field {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password' | 'email'
  /** The tokens of HTML that password managers and phones look for. */
  readonly autocomplete: string
  readonly value?: string | undefined
  readonly hint?: string | undefined
  /** What is wrong with what was typed in. */
  readonly problem?: Problem | undefined
  readonly inputmode?: 'numeric' | 'email'
  readonly isOptional?: true
  /** Beside the label, and after the field in the order of the keyboard. */
  readonly aside?: Html | undefined
  /** Whether it has the focus when the page opens; if there are problems, their summary has it. */
  readonly isFirst?: true
  /** What the script adds to it. */
  readonly script?: 'strength'
}

export function field(visit: Visit, field: Field): Html {
  const {
    name,
    label,
    type = 'text',
    autocomplete,
    value,
    hint,
    inputmode,
    isOptional,
    isFirst,
    problem,
    aside,
  } = field
  const fault = problem?.fields[name]
  const about = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ')
  const isPlain = type !== 'text' || inputmode === 'numeric' || autocomplete.startsWith('username')
  return html`<div class="field">
    <label for="${name}">${label}${isOptional && html` <span class="dim">${visit.messages.common.optional}</span>`}</label>
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}"${value ? html` value="${value}"` : ''}${
      inputmode ? html` inputmode="${inputmode}"` : ''
    }${isPlain ? html` autocapitalize="none" spellcheck="false"` : ''}${isOptional ? '' : html` required`}${
      fault ? html` aria-invalid="true"` : ''
    }${about ? html` aria-describedby="${about}"` : ''}${isFirst && !problem ? html` autofocus` : ''}${
      field.script ? html` data-script="${field.script}"` : ''
    }>
    ${when(aside, (link) => html`<div class="aside">${link}</div>`)}
    ${when(hint, (text) => html`<p class="hint" id="${name}-hint">${text}</p>`)}
    ${when(fault, (text) => html`<p class="fault" id="${name}-fault">${text}</p>`)}
  </div>`
}

/** The problems of a form, above it: they are read out at once, and have the focus. */
export function problemSummary(problem: Problem | undefined): Html | '' {
  if (problem === undefined) return ''
  const faults = Object.entries(problem.fields)
  return html`<div class="notice error" role="alert" tabindex="-1" autofocus data-summary>
    ${icons.error}
    <div>
      <p>${problem.summary}</p>
      ${
        faults.length === 0
          ? ''
          : html`<ul>${faults.map(([name, text]) => html`<li><a href="#${name}">${text}</a></li>`)}</ul>`
      }
    </div>
  </div>`
}

/** What was done, if the previous page left a notice of it. */
export function doneText<Name extends string>(visit: Visit, texts: Readonly<Record<Name, string>>): string | undefined {
  const done = noticeOf(visit, 'done') ?? ''
  return Object.hasOwn(texts, done) ? texts[done as Name] : undefined
}

/** What was done. */
export function doneNotice(text: string | undefined): Html | '' {
  return when(text, (done) => html`<div class="notice done" role="status">${icons.success}<p>${done}</p></div>`)
}

/** What a person should know first. */
export function infoNotice(text: string | undefined): Html | '' {
  return when(text, (known) => html`<div class="notice info" role="status">${icons.error}<p>${known}</p></div>`)
}

export function submit(label: string, kind: 'primary' | 'danger' | 'plain' = 'primary'): Html {
  return html`<button class="${kind}" type="submit">${label}</button>`
}

export function checkbox(name: string, label: string, isChecked: boolean): Html {
  return html`<label class="check"><input type="checkbox" name="${name}" value="yes"${
    isChecked ? html` checked` : ''
  }><span>${label}</span></label>`
}

/** Back to the account, or to the page of it that a form belongs to, without doing anything. */
export function cancelLink({ site, messages }: Visit, path = '/account'): Html {
  return html`<a class="button quiet" href="${site.to(path)}">${messages.common.cancel}</a>`
}

export function hidden(name: string, value: string | undefined): Html | '' {
  return when(value, (text) => html`<input type="hidden" name="${name}" value="${text}">`)
}
