import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { makeProgram, version } from '../src/cli/program.ts'
import { settings } from '../src/server/config/settings.ts'
import { algorithms } from '../src/token/algorithms.ts'

// What the prose says, where a mistake would send a reader nowhere: commands, flags, sections, files.

const root = new URL('..', import.meta.url).pathname
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const pages = globSync('{*.md,docs/**/*.md}', { cwd: root }).filter((page) => page !== 'CHANGELOG.md')

/** Every command by its words, such as `users add`, with its flags. */
function commandsOf(command: Command, path = ''): [name: string, flags: string[]][] {
  return command.commands.flatMap((child) => {
    const name = `${path} ${child.name()}`.trim()
    const flags = child.options.flatMap(({ long }) => long ?? [])
    return [[name, flags] as [string, string[]], ...commandsOf(child, name)]
  })
}

const commands = new Map(
  commandsOf(
    makeProgram({ folder: '.', environment: {}, stdin: process.stdin, stdout: process.stdout, stderr: process.stderr }),
  ),
)
const allFlags = new Set([...commands.values()].flat())

/** `hallpass users add alice --role admin` as written on a page, wherever that is code. */
function invocationsOn(page: string): string[] {
  const code = [...read(page).matchAll(/^```sh\n(.*?)^```|`([^`\n]+)`/gms)].map(
    ([, block, span]) => block ?? span ?? '',
  )
  return code.flatMap((text) =>
    [...text.matchAll(/(?:^|[|;&(]|npx |exec ) *hallpass ([a-z][^|;&)\n]*)/gm)].map(([, line = '']) => line),
  )
}

/** What is wrong with a line behind `hallpass`. */
function faultOf(line: string): string | undefined {
  const [first = '', second = ''] = line.split(' ')
  const name = commands.has(`${first} ${second}`) ? `${first} ${second}` : first
  const flags = commands.get(name)
  if (flags === undefined) return `no command: hallpass ${line}`
  const unknown = [...line.matchAll(/ (--[a-z][a-z-]*)/g)].filter(
    ([, flag = '']) => !flags.includes(flag) && flag !== '--help',
  )
  return unknown.length === 0 ? undefined : `no flag: hallpass ${line}`
}

describe.each(pages)('%s', (page) => {
  it('names commands and flags that there are', () => {
    expect(invocationsOn(page).flatMap((line) => faultOf(line) ?? [])).toEqual([])
  })

  it('links to sections that there are', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
    const missing = links.filter(([, file = '', anchor = '']) => {
      const target = file === '' ? page : join(dirname(page), file)
      return !anchorsOf(read(target)).includes(anchor)
    })
    expect(missing.map(([link]) => link)).toEqual([])
  })
})

it('finds the commands that pages name', () => {
  expect(pages.flatMap(invocationsOn).length).toBeGreaterThan(80)
})

/** What the pages import of the package, by its subpaths. */
const imported = pages.flatMap((page) =>
  [...read(page).matchAll(/import \{ ([^}]+) \} from 'hallpass(?:\/(\w+))?'/g)].map(
    ([, names = '', subpath = '.']) => ({ page, subpath, names: names.split(/, ?/) }),
  ),
)
const { exports: subpaths } = JSON.parse(read('package.json')) as {
  exports: Readonly<Record<string, { readonly 'hallpass-source': string }>>
}

it('what pages import is exported', async () => {
  expect(imported.length).toBeGreaterThan(25)
  for (const { page, subpath, names } of imported) {
    const source = subpaths[subpath === '.' ? '.' : `./${subpath}`]?.['hallpass-source'] ?? ''
    const exports = Object.keys(await import(/* @vite-ignore */ join(root, source)))
    const values = names.filter((name) => !name.startsWith('type '))
    expect([page, values.filter((name) => !exports.includes(name))]).toEqual([page, []])
  }
})

it('variables that pages name are settings', () => {
  // Of a service's own code, and of Kubernetes.
  const others = /^HALLPASS_(?:CLIENT_ID|CLIENT_SECRET|SERVICE_HOST)$/
  const known = new Set(settings.map(({ variable }) => variable))
  const named = pages.flatMap((page) => [...read(page).matchAll(/\bHALLPASS_[A-Z_]+\b/g)].map(String))
  expect(named.length).toBeGreaterThan(60)
  expect([...new Set(named)].filter((name) => !known.has(name) && !others.test(name))).toEqual([])
})

/** As GitHub makes them of headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

// Pages for those who work on hallpass; the others name files of its users too.
describe.each(pages.filter((page) => /^CONTRIBUTING|architecture|security|scaling|decisions/.test(page)))(
  '%s',
  (page) => {
    it('names source files that there are', () => {
      const named = [...read(page).matchAll(/`((?:src|test|bench)\/[\w/.-]+\.\w+)`/g)].map(([, file]) => file as string)
      expect(named.filter((file) => !/NAME|NNNN/.test(file) && !existsSync(join(root, file)))).toEqual([])
    })
  },
)

describe('README.md', () => {
  const page = read('README.md')

  it('names the file that npm pack makes', () => {
    const named = [...page.matchAll(/hallpass-[\d.]+\.tgz/g)].map(String)
    expect(new Set(named)).toEqual(new Set([`hallpass-${version}.tgz`]))
  })

  it('lists the algorithms, and no other', () => {
    const [, list = ''] = /^Supported are (.*?)\. The algorithm/ms.exec(page) ?? []
    const families = [...list.matchAll(/((?:ML-DSA-|[A-Z]S)\d+(?:\/\d+)*)|(Ed\w+)/g)].flatMap(([, family, name]) => {
      const [first = '', ...sizes] = family?.split('/') ?? [name ?? '']
      return [first, ...sizes.map((size) => first.replace(/\d+$/, size))]
    })
    expect(families.sort()).toEqual(Object.keys(algorithms).sort())
  })

  it('names examples that are all there are', () => {
    const named = [...page.matchAll(/\(examples\/([\w-]+\.ts)\)/g)].map(([, file]) => file)
    const made = globSync('*.ts', { cwd: join(root, 'examples') }).filter((file) => !file.endsWith('.test.ts'))
    expect([...new Set(named)].sort()).toEqual(made.sort())
  })

  it('requires the Node that the package requires', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    expect(page).toContain(`Node ${engines.node.replace('>=', '')} or newer is required`)
  })
})

it('flags that stand alone are those of a command', () => {
  const other = new Set(['--conditions', '--experimental-strip-types'])
  const alone = ['docs/cli.md', 'docs/operations.md', 'docs/tutorial.md'].flatMap((page) =>
    [...read(page).matchAll(/`(--[a-z][a-z-]*)/g)].map(([, flag = '']) => flag),
  )
  expect(alone.length).toBeGreaterThan(40)
  expect([...new Set(alone)].filter((flag) => !allFlags.has(flag) && !other.has(flag) && flag !== '--help')).toEqual([])
})
