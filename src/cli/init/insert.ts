/** Lines for a file in which an application is made. */
export interface Insertion {
  /** What the application is made by: everything before the bracket of the call, and that. */
  readonly call: RegExp
  readonly imports: readonly string[]
  /** @param app What the file calls the application. */
  readonly lines: (app: string) => readonly string[]
  /** Methods of the application by which its first route is known: the lines stand before it, behind what all routes share. */
  readonly routes?: RegExp
}

/**
 * Puts imports behind the last one, and lines before the first route, or behind the statement that makes the application.
 * @returns `undefined` where there is no such statement, or none that such lines may stand behind.
 */
export function insertInto(text: string, { call, imports, lines, routes }: Insertion): string | undefined {
  const made = new RegExp(`^([ \\t]*)(?:export )?(?:const|let|var) (\\w+)(?::[^=\\n]+)? = ${call.source}`, 'm').exec(
    text,
  )
  if (made === null) return undefined
  const [statement, indent = '', app = ''] = made
  const end = endOfStatement(text, made.index + statement.length)
  if (end === undefined) return undefined
  const wanted = lines(app)
  // Within a function nothing says that it may wait, unless the statement itself does.
  if (indent !== '' && wanted.join().includes('await ') && !statement.includes('await ')) return undefined
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const semicolon = /;[ \t]*\r?$/m.test(text.slice(made.index, end)) ? ';' : ''
  const code = (all: readonly string[], before = '') =>
    all.map((line) => `${before}${line}${semicolon}${newline}`).join('')
  const isMissing = (line: string) => !unformatted(text).includes(unformatted(line))
  const used = code(wanted.filter(isMissing), indent)
  const at = endOfImports(text.slice(0, made.index))
  const route = routes && placeOf(text, end, new RegExp(`^${indent}${app}\\.(?:${routes.source})`, 'm'))
  const place = route ?? end
  return [
    text.slice(0, at),
    code(imports.filter(isMissing)),
    text.slice(at, place),
    used === '' ? '' : route === undefined ? newline + used : used + newline,
    text.slice(place),
  ].join('')
}

/** Where a line begins that a pattern finds behind `from`, with the comments that stand above it. */
function placeOf(text: string, from: number, pattern: RegExp): number | undefined {
  const found = text.slice(from).search(pattern)
  if (found < 0) return undefined
  const [comments = ''] = /(?:(?<=^|\n)[ \t]*(?:\/\/|\/\*|\*)[^\n]*\n)*$/.exec(text.slice(from, from + found)) ?? []
  return from + found - comments.length
}

/** What a formatter does not change. */
function unformatted(text: string): string {
  return text
    .replaceAll('"', "'")
    .replace(/\s+/g, '')
    .replace(/,(?=[)}\]])/g, '')
}

/** Behind the last import or `require`; where there is none, behind what only counts in the first line. */
function endOfImports(text: string): number {
  const quoted = /['"][^'"]+['"]/.source
  const one = `import [^;]*?(?:from )?${quoted}|(?:const|let|var) [^=;]+ = require\\(${quoted}\\)[^\\n]*?`
  const last = [...text.matchAll(new RegExp(`^(?:${one});?[ \\t]*\\r?\\n`, 'gm'))].at(-1)
  if (last !== undefined) return last.index + last[0].length
  const [prologue = ''] = /^(?:#!.*\r?\n)?(?:['"]use strict['"];?[ \t]*\r?\n)?/.exec(text) ?? []
  return prologue.length
}

/** What brackets do not count in: strings, comments. */
const passages = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\//y

/** The beginning of the line after a call, whose bracket stands before `from`, and after the calls that are chained to it. */
function endOfStatement(text: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    passages.lastIndex = at
    const [passage] = passages.exec(text) ?? []
    if (passage !== undefined) at += passage.length - 1
    else if ('([{'.includes(text[at] as string)) depth++
    else if (')]}'.includes(text[at] as string)) depth--
    if (depth > 0) continue
    const [chained] = /^\)\s*\.\s*\w+(?:<[^()]*>)?\(/.exec(text.slice(at)) ?? []
    if (chained === undefined) {
      const lineEnd = text.indexOf('\n', at)
      return lineEnd < 0 ? undefined : lineEnd + 1
    }
    at += chained.length - 1
    depth = 1
  }
  return undefined
}
