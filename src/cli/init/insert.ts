/** Lines for a file in which an application is made. */
export interface Insertion {
  /** What the application is made by: everything before the bracket of the call, and that. */
  readonly call: RegExp
  readonly imports: readonly string[]
  /** @param app What the file calls the application. */
  readonly lines: (app: string) => readonly string[]
  /** Methods of the application by which its first route is known: the lines stand before it, behind what all routes share. */
  readonly routes?: RegExp
  /**
   * Methods by which a parser of bodies is known: the lines stand before that one too. What it refuses it would answer in the
   * application's way, which for most is a page with a stack.
   */
  readonly parsers?: RegExp
  /** Methods by which middleware is known that must come before the lines, even behind a parser. */
  readonly first?: RegExp
}

/**
 * Puts imports behind the last one, and lines before the first route, or behind the statement that makes the application.
 * @returns `undefined` where there is no such statement, or more than one, or none that such lines may stand behind.
 */
export function insertInto(text: string, insertion: Insertion): string | undefined {
  const { call, imports, lines } = insertion
  const code = codeOf(text)
  const making = new RegExp(`^([ \\t]*)(?:export )?(?:const|let|var) (\\w+)(?::[^=\\n]+)? = ${call.source}`, 'gm')
  const [made, another] = [...text.matchAll(making)].filter(({ index }) => isCode(code, index))
  if (made === undefined || another !== undefined) return undefined
  const [statement, indent = '', app = ''] = made
  const end = endOfStatement(code, made.index + statement.length)
  if (end === undefined) return undefined
  const wanted = lines(app)
  // Within a function nothing says that it may wait, unless the statement itself does.
  if (indent !== '' && wanted.join().includes('await ') && !statement.includes('await ')) return undefined
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const semicolon = /;[ \t]*\r?$/m.test(text.slice(made.index, end)) ? ';' : ''
  const written = (all: readonly string[], before = '') =>
    all.map((line) => `${before}${line}${semicolon}${newline}`).join('')
  const at = endOfImports(text.slice(0, made.index), code)
  const placeBefore = (methods: RegExp | undefined) =>
    methods && placeOf(text, code, end, new RegExp(`^${indent}${app}\\.(?:${methods.source})`, 'gm'))
  const route = earliest(placeBefore, insertion)
  const place = route ?? end
  return [
    text.slice(0, at),
    written(imports),
    text.slice(at, place),
    route === undefined ? newline + written(wanted, indent) : written(wanted, indent) + newline,
    text.slice(place),
  ].join('')
}

/** Before the first route or parser of bodies, whichever comes first; before the route, if what must come first comes later. */
function earliest(
  placeBefore: (methods: RegExp | undefined) => number | undefined,
  { routes, parsers, first }: Insertion,
): number | undefined {
  const [route, parser, needed] = [routes, parsers, first].map(placeBefore)
  if (parser === undefined || (route !== undefined && route < parser)) return route
  const isBetween = needed !== undefined && needed > parser && (route === undefined || needed < route)
  return isBetween ? route : parser
}

/** Strings, templates, comments, and regular expressions where a value may stand. */
const passages =
  /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|\/\*[\s\S]*?\*\/|(?<=(?:[(,=:[!&|?{};\n]|=>|return)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/\w*/g

/** The same text, as long, with nothing in it that only looks like code. */
export function codeOf(text: string): string {
  return text.replace(passages, (passage) => passage.replace(/[^\n]/g, ' '))
}

function isCode(code: string, index: number): boolean {
  return /\S/.test(code.slice(index, index + (/\n|$/.exec(code.slice(index))?.index ?? 0)))
}

/** Where a line begins that a pattern finds behind `from`, with the comments that stand above it. */
function placeOf(text: string, code: string, from: number, pattern: RegExp): number | undefined {
  const found = [...text.matchAll(pattern)].find(({ index }) => index >= from && isCode(code, index))
  if (found === undefined) return undefined
  const above = text.slice(from, found.index)
  const [comments = ''] = /(?:(?<=^|\n)[ \t]*(?:\/\/|\/\*|\*)[^\n]*\n)*$/.exec(above) ?? []
  return found.index - comments.length
}

/** Behind the last import or `require`; where there is none, behind what only counts in the first line. */
function endOfImports(text: string, code: string): number {
  const quoted = /['"][^'"]+['"]/.source
  const one = `import [^;]*?(?:from )?${quoted}|(?:const|let|var) [^=;]+ = require\\(${quoted}\\)[^\\n]*?`
  const all = [...text.matchAll(new RegExp(`^(?:${one});?[ \\t]*\\r?\\n`, 'gm'))]
  const last = all.filter(({ index }) => isCode(code, index)).at(-1)
  if (last !== undefined) return last.index + last[0].length
  const [prologue = ''] = /^(?:#!.*\r?\n)?(?:['"]use strict['"];?[ \t]*\r?\n)?/.exec(text) ?? []
  return prologue.length
}

/** The beginning of the line after a call, whose bracket stands before `from`, and after the calls that are chained to it. */
function endOfStatement(code: string, from: number): number | undefined {
  let depth = 1
  for (let at = from; at < code.length; at++) {
    if ('([{'.includes(code[at] as string)) depth++
    else if (')]}'.includes(code[at] as string)) depth--
    if (depth > 0) continue
    const [chained] = /^\)\s*\.\s*\w+(?:<[^()]*>)?\(/.exec(code.slice(at)) ?? []
    if (chained === undefined) {
      const lineEnd = code.indexOf('\n', at)
      return lineEnd < 0 ? undefined : lineEnd + 1
    }
    at += chained.length - 1
    depth = 1
  }
  return undefined
}
