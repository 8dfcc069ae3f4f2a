/** The language of a project's files. */
export interface Dialect {
  readonly isTypeScript: boolean
  /** ES modules if `true`, CommonJS otherwise. */
  readonly isModule: boolean
}

/** Keeps text that only TypeScript needs, and omits it in JavaScript. */
export function typesIn({ isTypeScript }: Dialect): (text: string) => string {
  return (text) => (isTypeScript ? text : '')
}

/** Rewrites the imports and exports of a file for its dialect. TypeScript compiles its own to CommonJS. */
export function asCommonJs(text: string, { isTypeScript, isModule }: Dialect): string {
  if (isModule || isTypeScript) return text
  return text
    .replace(/^import (?:\* as )?(\w+|\{.+\}) from ('.+')$/gm, 'const $1 = require($2)')
    .replace(/^export default /gm, 'module.exports = ')
    .replace(/^export const (\w+) = /gm, 'exports.$1 = ')
}
