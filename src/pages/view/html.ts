import { html as template } from 'hono/html'

/** Markup. What is put into it is escaped, unless it is markup itself. */
export type Html = ReturnType<typeof template>

export const html: (strings: TemplateStringsArray, ...values: unknown[]) => Html = template
export { raw } from 'hono/html'

/** Markup for a value, and none without a value. */
export function when<Value>(value: Value | undefined | false | null | '', write: (value: Value) => Html): Html | '' {
  return value ? write(value) : ''
}
