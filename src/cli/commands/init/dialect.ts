/** How the files of a project are written. */
export interface Dialect {
  readonly isTypeScript: boolean
  /** ES modules; CommonJS otherwise. */
  readonly isModule: boolean
}

/** What is written where there are types, and left out in JavaScript. */
export function typesIn({ isTypeScript }: Dialect): (text: string) => string {
  return (text) => (isTypeScript ? text : '')
}

/** The imports and exports of a file as its dialect has them. TypeScript turns its own into CommonJS's. */
export function asCommonJs(text: string, { isTypeScript, isModule }: Dialect): string {
  if (isModule || isTypeScript) return text
  return text
    .replace(/^import (?:\* as )?(\w+|\{.+\}) from ('.+')$/gm, 'const $1 = require($2)')
    .replace(/^export default /gm, 'module.exports = ')
    .replace(/^export const (\w+) = /gm, 'exports.$1 = ')
}
