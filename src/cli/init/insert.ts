/** Lines for a file in which an application is made. */
export interface Insertion {
  /** What the application is made by: everything before the bracket of the call, and that. */
  readonly call: RegExp
  readonly imports: readonly string[]
  /** @param app What the file calls the application. */
  readonly lines: (app: string) => readonly string[]
}

/**
 * Puts imports behind the last one, and lines behind the statement that makes the application.
 * @returns `undefined` where there is no such statement, or none that such lines may stand behind.
 */
export function insertInto(text: string, { call, imports, lines }: Insertion): string | undefined {
  const made = new RegExp(`^([ \\t]*)(?:export )?(?:const|let|var) (\\w+)(?::[^=\\n]+)? = ${call.source}`, 'm').exec(
    text,
  )
  if (made === null) return undefined
  const [statement, indent = '', app = ''] = made
  const end = endOfCall(text, made.index + statement.length)
  if (end === undefined) return undefined
  const wanted = lines(app)
  // Within a function nothing says that it may wait, unless the statement itself does.
  if (indent !== '' && wanted.join().includes('await ') && !statement.includes('await ')) return undefined
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const semicolon = /;[ \t]*\r?$/m.test(text.slice(made.index, end)) ? ';' : ''
  const code = (all: readonly string[], before = '') =>
    all.map((line) => `${before}${line}${semicolon}${newline}`).join('')
  const isMissing = (line: string) => !unformatted(text).includes(unformatted(line))
  const used = wanted.filter(isMissing)
  const at = endOfImports(text.slice(0, made.index))
  return [
    text.slice(0, at),
    code(imports.filter(isMissing)),
    text.slice(at, end),
    used.length > 0 ? newline + code(used, indent) : '',
    text.slice(end),
  ].join('')
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

/** The beginning of the line after a call, whose bracket stands before `from`. */
function endOfCall(text: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < text.length; at++) {
    if ('([{'.includes(text[at] as string)) depth++
    else if (')]}'.includes(text[at] as string)) depth--
    if (depth === 0) {
      const lineEnd = text.indexOf('\n', at)
      return lineEnd < 0 ? undefined : lineEnd + 1
    }
  }
  return undefined
}
