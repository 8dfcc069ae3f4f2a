import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, type RequestErrorCode, TokenError, type TokenErrorCode } from '../src/errors.ts'
import { JwtManager } from '../src/guard/jwt-manager.ts'
import { problem, statusOf as statusByDefault } from '../src/guard/problem.ts'
import { endpoints } from '../src/routes/index.ts'

const root = new URL('..', import.meta.url).pathname
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The members of a union in errors.ts, read from its source, because types do not exist at runtime. */
function codesOf(union: string): ErrorCode[] {
  const body = read('src/errors.ts').split(`export type ${union} =`)[1]?.split('\n\n')[0] ?? ''
  return [...body.matchAll(/'(\w+)'/g)].map(([, code]) => code as ErrorCode)
}

function statusOf(code: TokenErrorCode, answers: 'rfc6750' | 'flask'): number {
  return problem(new TokenError(code, ''), { answers, errorMessageKey: 'msg', headerType: 'Bearer' }).status
}

describe('docs/errors.md', () => {
  const [refusals = '', requests = '', configuration = ''] = read('docs/errors.md').split(
    /^## .*(?=`(?:Request|Configuration)Error`)/m,
  )

  it('lists each TokenError with its statuses, and no other', () => {
    const rows = [...refusals.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) \|/gm)].map(([, ...row]) => row)
    const expected = codesOf('TokenErrorCode').map((code) => [
      code,
      String(statusOf(code as TokenErrorCode, 'rfc6750')),
      String(statusOf(code as TokenErrorCode, 'flask')),
    ])
    expect(expected.length).toBeGreaterThan(20)
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('lists each RequestError with its status, and no other', () => {
    const rows = [...requests.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, ...row]) => row)
    const expected = codesOf('RequestErrorCode').map((code) => [
      code,
      String(statusByDefault(code as RequestErrorCode)),
    ])
    expect(expected.length).toBeGreaterThan(10)
    expect(rows.sort()).toEqual(expected.sort())
  })

  it('lists each ConfigurationError, and no other', () => {
    const rows = [...configuration.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)
    expect(rows.sort()).toEqual(codesOf('ConfigurationErrorCode').sort())
  })
})

describe('docs/options.md', () => {
  const secret = 'a secret of more than thirty-two bytes'
  const presets = [new JwtManager({ secret }), new JwtManager({ secret, preset: 'flask' })]
  const rows = [
    ...(read('docs/options.md').split('## Accounts')[0] ?? '').matchAll(
      /^\| ((?:`\w+`(?:, )?)+)(?: \*)? \| ([^|]*) \|/gm,
    ),
  ]
  const names = rows.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name as string))

  it('lists each option, and no other', () => {
    const body = read('src/guard/options/options.ts')
    const expected = [...body.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, name]) => name)
    expect(names.sort()).toEqual(expected.sort())
  })

  const stated = rows.flatMap(([, cell = '', fallback = '']) => {
    const name = cell.replaceAll('`', '')
    return presets[0] && name in presets[0].settings && name !== 'clock' ? [[name, fallback] as const] : []
  })
  it.each(stated)('states the default of %s as %s', (name, fallback) => {
    const actual = presets.map(({ settings }) => written(settings[name as keyof typeof settings]))
    expect(fallback).toBe(actual[0] === actual[1] ? actual[0] : actual.join(' / '))
  })

  function written(value: unknown): string {
    if (value === '') return '(empty)'
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none'
    return Array.isArray(value) ? value.join(', ') : String(value)
  }
})

describe('docs/operations.md', () => {
  const page = read('docs/operations.md')

  it('lists each metric, and no other', () => {
    const listed = [...page.matchAll(/^\| `(hallpass_\w+)` \|/gm)].map(([, name]) => name)
    const sources = ['metrics', 'mail-metrics'].map((file) => read(`src/server/${file}.ts`)).join('')
    const made = [...sources.matchAll(/name: '(hallpass_\w+)'/g)].map(([, name]) => name)
    expect(listed).toEqual(made)
  })
})

describe('docs/http-api.md', () => {
  const rows = [
    ...read('docs/http-api.md').matchAll(/^\| `([A-Z]+) \/auth([^`]*)` \| ([^|]*) \| (\d[^|]*)\| ([^|]*) ?\|/gm),
  ]
  const words = (cell = '') => [...cell.matchAll(/`(\w+)`/g)].map(([, word]) => word)

  it('lists each endpoint with its members, answer and refusals, and no other', () => {
    const listed = rows.map(([, method, path, takes, answers, refuses]) => ({
      method: method?.toLowerCase(),
      path: path?.replace(/\{(\w+)\}/g, ':$1'),
      members: words(takes).sort(),
      statuses: [...(answers ?? '').matchAll(/(?:^|; )(\d{3})\b/g)].map(([, status]) => status).sort(),
      refusals: words(refuses).sort(),
    }))
    const made = endpoints.map(({ method, path, body, answers, refusals }) => ({
      method,
      path,
      members: Object.keys(body?.schema.shape ?? {}).sort(),
      statuses: Object.keys(answers).sort(),
      refusals: [...refusals].sort(),
    }))
    const order = (one: { path?: string | undefined; method?: string | undefined }) => `${one.path} ${one.method}`
    const sorted = <Row extends { path?: string | undefined; method?: string | undefined }>(list: Row[]) =>
      list.sort((one, other) => order(one).localeCompare(order(other)))
    expect(sorted(listed)).toEqual(sorted(made))
  })
})

describe('docs/decisions/', () => {
  it('names each dependency', () => {
    const all = globSync('docs/decisions/*.md', { cwd: root }).map(read).join('\n')
    const words = new Set(all.split(/[^\w@/.-]+/).map((word) => word.replace(/[.]$/, '')))
    const { dependencies, peerDependencies } = JSON.parse(read('package.json'))
    const names = Object.keys({ ...dependencies, ...peerDependencies })
    expect(names.length).toBeGreaterThan(25)
    expect(names.filter((name) => !words.has(name))).toEqual([])
  })
})

describe('the documents', () => {
  const pages = globSync('{*.md,docs/**/*.md,bench/*.md}', { cwd: root })

  it.each(pages)('of %s link to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link]) => link as string)
    expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })

  it('name source files that exist', () => {
    const named = [...read('docs/architecture.md').matchAll(/`(src\/[\w/.-]+\.ts|test\/[\w/.-]+\.ts)`/g)]
    expect(named.length).toBeGreaterThan(10)
    expect(named.map(([, file]) => file as string).filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  it('show the commands that the checks run', () => {
    expect(read('README.md')).toContain('npm ci && npm start')
    expect(read('README.md')).toContain('npm ci && npm test')
    expect(read('.ci/run')).toContain('npm ci && npm test')
  })
})
