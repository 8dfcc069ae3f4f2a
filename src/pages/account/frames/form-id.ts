import type { Form } from '../../requests/form.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The id that a form names, to be put into the path of a route. Any other text names nothing, instead of another route. */
export function readId(form: Form): string {
  const id = form.text('id')
  return uuid.test(id) ? id : 'none'
}
