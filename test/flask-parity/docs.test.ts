import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as hono from '../../src/adapters/hono.ts'
import * as main from '../../src/index.ts'
import { answerGroups } from './hallpass-app.ts'
import { topics } from './rows.ts'
import { vocabulary } from './vocabulary.ts'

const root = new URL('../..', import.meta.url).pathname
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const page = read('docs/flask-parity.md')

/** The part of the page under a heading. */
function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
}

/** First and second cell of each row of a table, and what stands in backquotes there. */
function cells(text: string): { first: string[]; second: string[] }[] {
  const quoted = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string)
  return [...text.matchAll(/^\| (.*?) \| (.*?) \|/gm)]
    .map(([, first, second]) => ({ first: quoted(first), second: quoted(second) }))
    .filter(({ first }) => first.length > 0)
}

/** Every name that the sources give to something public. */
const names: ReadonlySet<string> = new Set([
  ...Object.keys(main),
  ...Object.keys(hono),
  ...Object.getOwnPropertyNames(main.JwtManager.prototype),
  ...globSync(['src/guard/**/*.ts', 'src/errors.ts'], { cwd: root }).flatMap((file) => [
    ...[...read(file).matchAll(/^ {2}(?:declare )?readonly (\w+)\??:/gm)].map(([, name]) => name as string),
    ...[...read(file).matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code as string),
  ]),
])

describe('docs/flask-parity.md', () => {
  it('has a line for each row, as the table has it', () => {
    const lines = [...page.matchAll(/^\| \d+ \|.*$/gm)].map(([line]) => line)
    const expected = topics.flatMap(([, file, rows]) =>
      rows.map(({ number, text, deb, deviates }) => {
        const notes = [deviates && `**Deviates:** ${deviates}`, deb && `Debian's version: ${deb}`].filter(Boolean)
        return `| ${number} | ${text} | \`${file}\` | ${notes.join('. ')} |`.replace('|  |', '| |')
      }),
    )
    expect(lines).toEqual(expected)
  })

  it('has each option of Flask-JWT-Extended with its hallpass name', () => {
    expect(vocabulary.length).toBe(43)
    const stated = cells(section('Options')).map(({ first, second }) => [first[0], second[0]])
    expect(stated).toEqual(vocabulary)
  })

  it.each(['Options', 'Functions', 'Callbacks', 'Exceptions'])('names what there is, under %s', (heading) => {
    const stated = cells(section(heading)).flatMap(({ second }) => second)
    const identifiers = stated.flatMap((code) => [...code.matchAll(/\b[a-z]\w+/gi)].map(([name]) => name))
    const language = new Set(['new', 'var', 'jwt', 'token', 'options', 'instanceof', 'flask', 'error', 'false'])
    expect(identifiers.length).toBeGreaterThan(10)
    expect([...new Set(identifiers)].filter((name) => !names.has(name) && !language.has(name))).toEqual([])
  })

  it('names the codes that each callback for answers stands for', () => {
    const stated = cells(section('Callbacks')).flatMap(({ first: [callback = ''], second: [target, ...codes] }) =>
      target === 'answerFor' ? codes.map((code) => [code, callback.replace(/_loader$/, '')]) : [],
    )
    expect(Object.fromEntries(stated)).toEqual(answerGroups)
  })
})
