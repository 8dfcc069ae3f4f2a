import type { Form } from '../requests/form.ts'

/** What a form presents from a mail, as the routes take it. */
export type Presented = { readonly token: string } | { readonly code: string; readonly email?: string }

/** The token that the script took from the link, or the link that a person has pasted, or else the code. */
export function presentedBy(form: Form): Presented {
  const token = form.text('token') || tokenOf(form.text('link'))
  if (token !== '') return { token }
  const [code, email] = [form.text('code'), form.text('email')]
  return email === '' ? { code } : { code, email }
}

/** The token at the end of a link. A bare token is accepted too, because an operator may hand over only that. */
function tokenOf(text: string): string {
  const link = text.trim()
  const [, fragment] = link.split('#token=')
  if (fragment === undefined) return link
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
