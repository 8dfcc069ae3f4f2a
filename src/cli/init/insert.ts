/** Lines for a file in which an application is made. */
export interface Insertion {
  /** What the application is made by: everything before the bracket of the call. */
  readonly call: RegExp
  readonly imports: readonly string[]
  /** @param app What the file calls the application. */
  readonly lines: (app: string) => readonly string[]
}

/**
 * Puts imports behind the last one, and lines behind the statement that makes the application.
 * @returns `undefined` where there is no such statement.
 */
export function insertInto(text: string, { call, imports, lines }: Insertion): string | undefined {
  const made = new RegExp(`^(?:export )?(?:const|let|var) (\\w+)(?::[^=\\n]+)? = ${call.source}`, 'm').exec(text)
  if (made === null) return undefined
  const end = endOfCall(text, made.index + made[0].length)
  if (end === undefined) return undefined
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const semicolon = /;[ \t]*\r?$/m.test(made.input.slice(made.index, end)) ? ';' : ''
  const code = (all: readonly string[]) => all.map((line) => `${line}${semicolon}${newline}`).join('')
  const missing = imports.filter((line) => !text.includes(line))
  const used = lines(made[1] as string).filter((line) => !text.includes(line))
  const withLines = `${text.slice(0, end)}${used.length > 0 ? newline + code(used) : ''}${text.slice(end)}`
  const last = [...withLines.slice(0, made.index).matchAll(/^import [^;]*?(?:from )?['"][^'"]+['"];?[ \t]*\r?\n/gm)].at(
    -1,
  )
  const at = last === undefined ? 0 : last.index + last[0].length
  return withLines.slice(0, at) + code(missing) + withLines.slice(at)
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
