import type { Messages } from './messages/index.ts'
import type { Refusal } from './requests/ask.ts'

/** What is wrong with a form, in the words of a language. */
export interface Problem {
  readonly summary: string
  /** By the name of the field. */
  readonly fields: Readonly<Record<string, string>>
  /**
   * Of the page that shows the problem. That of a form that was filled in wrongly is 200, because browsers log others
   * as errors of the page; a server error keeps its own.
   */
  readonly status: number
}

/**
 * Says what a refusal means to a person.
 * @param fieldOf The field of the form that a refusal or an invalid member belongs to, by the code or the name of the
 *   member.
 */
export function problemOf(
  refusal: Refusal,
  { common, problems, faults }: Messages,
  fieldOf: Readonly<Record<string, string>> = {},
): Problem {
  const textIn = (texts: Readonly<Record<string, string>>, name: string) =>
    Object.hasOwn(texts, name) ? texts[name] : undefined
  const summary = textIn(problems, refusal.code) ?? problems.other
  const named = (refusal.members ?? []).map(({ member }) => {
    return [fieldOf[member] ?? member, textIn(faults, member) ?? faults.other] as const
  })
  const ofCode = fieldOf[refusal.code]
  const fields = Object.fromEntries(ofCode === undefined ? named : [...named, [ofCode, summary] as const])
  const { retryAfterSeconds } = refusal
  const wait = retryAfterSeconds === undefined ? '' : ` ${common.tryAgainIn(retryAfterSeconds)}`
  return { summary: ofCode === undefined ? summary + wait : problems.form, fields, status: pageStatus(refusal) }
}

function pageStatus({ status }: Refusal): number {
  const isFault = Math.floor(status / 100) === 5
  return isFault ? status : 200
}
