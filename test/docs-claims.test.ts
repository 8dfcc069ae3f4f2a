import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { presets } from '../src/accounts/identities/providers/presets.ts'
import { makeProgram, version } from '../src/cli/program.ts'
import { makeAssets } from '../src/pages/assets.ts'
import { pages as builtInPages } from '../src/pages/index.ts'
import { settings } from '../src/server/config/settings.ts'
import { algorithms } from '../src/token/algorithms.ts'

// Checks what readers of the documents rely on: commands, flags, sections and files must exist.

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

/** Commands such as `hallpass users add alice --role admin` in the code of a page. */
function invocationsOn(page: string): string[] {
  const code = [...read(page).matchAll(/^```sh\n(.*?)^```|`([^`\n]+)`/gms)].map(
    ([, block, span]) => block ?? span ?? '',
  )
  return code.flatMap((text) =>
    [...text.matchAll(/(?:^|[|;&(]|npx |exec ) *hallpass ([a-z][^|;&)\n]*)/gm)].map(([, line = '']) => line),
  )
}

/** What is wrong with the rest of a line after `hallpass`. */
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
  it('names commands and flags that exist', () => {
    expect(invocationsOn(page).flatMap((line) => faultOf(line) ?? [])).toEqual([])
  })

  it('links to sections that exist', () => {
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
  // Variables of a service's own code, and of Kubernetes.
  const others = /^HALLPASS_(?:CLIENT_ID|CLIENT_SECRET|SERVICE_HOST)$/
  const known = new Set(settings.map(({ variable }) => variable))
  const named = pages.flatMap((page) => [...read(page).matchAll(/\bHALLPASS_[A-Z_]+\b/g)].map(String))
  expect(named.length).toBeGreaterThan(60)
  expect([...new Set(named)].filter((name) => !known.has(name) && !others.test(name))).toEqual([])
})

/** The anchors that GitHub makes of headings. */
function anchorsOf(text: string): string[] {
  const headings = text.replaceAll(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

// Pages for those who work on hallpass. The others also name files of users.
describe.each(pages.filter((page) => /^CONTRIBUTING|architecture|security|scaling|decisions/.test(page)))(
  '%s',
  (page) => {
    it('names source files that exist', () => {
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
    const [, list = ''] = /^hallpass supports (.*?)\. The algorithm/ms.exec(page) ?? []
    const families = [...list.matchAll(/((?:ML-DSA-|[A-Z]S)\d+(?:\/\d+)*)|(Ed\w+)/g)].flatMap(([, family, name]) => {
      const [first = '', ...sizes] = family?.split('/') ?? [name ?? '']
      return [first, ...sizes.map((size) => first.replace(/\d+$/, size))]
    })
    expect(families.sort()).toEqual(Object.keys(algorithms).sort())
  })

  it('names all the examples', () => {
    const named = [...page.matchAll(/\(examples\/([\w-]+\.ts)\)/g)].map(([, file]) => file)
    const made = globSync('*.ts', { cwd: join(root, 'examples') }).filter((file) => !file.endsWith('.test.ts'))
    expect([...new Set(named)].sort()).toEqual(made.sort())
  })

  it('requires the Node that the package requires', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    expect(page).toContain(`Node ${engines.node.replace('>=', '')} or newer is required`)
  })
})

/** The names in code of the first column of a table, by the heading of that column. */
function firstColumn(page: string, heading: string): string[] {
  const [, table = ''] = new RegExp(`^\\| ${heading} \\|.*\\n\\| --- .*\\n((?:\\|.*\\n)*)`, 'm').exec(page) ?? []
  const cells = table.split('\n').map((row) => row.split(' | ')[0] ?? '')
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

/** The texts of a union of a source file, such as `type Reason = 'a' | 'b'`. */
function unionIn(path: string, name: string): string[] {
  const [, union = ''] = new RegExp(`type ${name} =\\n(.*?)\\n\\n`, 's').exec(read(path)) ?? []
  return [...union.matchAll(/^ {2}\| '([^']+)'/gm)].map(([, text = '']) => text)
}

describe('docs/pages.md', () => {
  const page = read('docs/pages.md')
  const listed = firstColumn(page, 'page')

  it('lists the pages, and no other', () => {
    const paths = builtInPages.map(({ path }) => path)
    expect(listed.filter((path) => !paths.includes(path))).toEqual([])
    // Those of the account are below one that is listed. These take a form, or are for a script.
    const others = /^\/account\/|\.js$|^\/sign-in\/passkey$|^\/sign-out$/
    expect(paths.filter((path) => !listed.includes(path) && !others.test(path))).toEqual([])
  })

  it('lists what mails link to', () => {
    const linked = unionIn('src/mail/links.ts', 'PageName')
    expect(linked).toContain('sign-in/link')
    expect(linked.filter((name) => !listed.includes(`/${name}`))).toEqual([])
  })

  it('states the sizes of the scripts', () => {
    const { script, passkeys } = makeAssets({ name: 'Example', color: '#4353d6', logo: undefined })
    for (const { content } of [script, passkeys]) {
      const kilobytes = (size: number, digits: number) => `${(size / 1000).toFixed(digits)} kB`
      const compressed = kilobytes(gzipSync(content).length, 1)
      expect(page).toContain(`${kilobytes(content.length, 0)} (${compressed} compressed)`)
    }
  })
})

describe('docs/providers.md', () => {
  const page = read('docs/providers.md')

  it('lists the presets, and those that require a secret', () => {
    const [, row = ''] = /^\| `preset` \| (.*)$/m.exec(page) ?? []
    expect([...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(Object.keys(presets))
    const titles = Object.values(presets).flatMap(({ title, needsSecret }) => (needsSecret ? [title] : []))
    expect(page).toContain(`${new Intl.ListFormat('en-GB').format(titles)} require the secret`)
    const provingAgain = Object.entries(presets).flatMap(([name, { provesAgain }]) => (provesAgain ? [name] : []))
    expect(provingAgain).toEqual(['microsoft', 'openid'])
  })

  it('lists the members of a description', () => {
    const [, members = ''] =
      /interface ProviderOptions \{(.*?)^\}/ms.exec(read('src/accounts/identities/options.ts')) ?? []
    const names = [...members.matchAll(/^ {2}readonly (\w+)/gm)].map(([, name = '']) => name)
    expect(firstColumn(page, 'member').sort()).toEqual(names.sort())
  })

  it('lists the reasons for a failure', () => {
    const reasons = unionIn('src/accounts/identities/providers/faults.ts', 'ProviderReason')
    expect(firstColumn(page, '`reason`').sort()).toEqual(reasons.sort())
  })
})

describe('limits that documents state are those of the source', () => {
  const accounts = 'src/accounts'
  const provider = `${accounts}/identities/providers/provider.ts`
  const rows: [page: string, claim: string, file: string, constant: string][] = [
    ['mfa', 'the apps, at most five', `${accounts}/users/factors.ts`, 'mostApps = 5'],
    ['mfa', 'makes ten new codes', `${accounts}/mfa/codes/recovery-codes.ts`, 'codesPerSet = 10'],
    ['mfa', 'warn below four', 'src/pages/account/overview.ts', 'fewRecoveryCodes = 4'],
    ['mfa', 'Within an hour', `${accounts}/mfa/setup/confirm-totp.ts`, 'unconfirmedSeconds = 60 * 60'],
    ['mfa', 'and five attempts', `${accounts}/mfa/challenge.ts`, 'mostAttempts = 5'],
    ['mfa', 'valid for ten minutes', `${accounts}/sessions/missing-proof.ts`, 'challengeSeconds: number = 10 * 60'],
    ['mfa', 'At most ten logins of a user', `${accounts}/sessions/missing-proof.ts`, 'mostChallenges = 10'],
    ['mfa', 'After a hundred wrong codes', `${accounts}/mfa/codes/cap-attempts.ts`, 'mostInRow = 100'],
    ['mfa', 'the devices, at most 20', `${accounts}/devices/trust.ts`, 'mostDevices = 20'],
    ['mfa', 'within five minutes', `${accounts}/sessions/step-up.ts`, 'stepUpSeconds = 5 * 60'],
    ['passkeys', 'at most 20 passkeys', `${accounts}/passkeys/new-passkey.ts`, 'mostPasskeys = 20'],
    ['passkeys', 'valid for five minutes', `${accounts}/passkeys/challenge.ts`, 'challengeSeconds = 5 * 60'],
    ['providers', 'at most 100 sign-ins talk to one provider at once', provider, 'atOnce = 100'],
    ['providers', 'and 200 wait', provider, 'places = 200'],
    ['providers', 'the first hundred of these events in an hour', provider, 'mostKept = 100'],
    ['providers', 'after eight seconds', provider, 'milliseconds = 8_000'],
    ['providers', 'or 512 KiB', provider, 'maxBytes = 512 * 1024'],
    ['providers', 'at most 20 linked accounts', `${accounts}/identities/link.ts`, 'mostIdentities = 20'],
    ['providers', 'at most 1,000 characters', `${accounts}/identities/begin-sign-in.ts`, 'longestReturnTo = 1000'],
    ['providers', 'three attempts', 'src/routes/sessions/cookies/attempt-cookies.ts', 'mostAttempts = 3'],
    ['providers', 'a minute is allowed', `${accounts}/identities/sign-in-with.ts`, 'clockLeewaySeconds = 60'],
    ['pages', 'the pages ask again after three', 'src/pages/account/proof.ts', 'recentSeconds = 3 * 60'],
    ['pages', 'a cookie for a minute', 'src/pages/notice.ts', 'noticeSeconds = 60'],
    [
      'pages',
      'for ten when an account is linked',
      `${accounts}/one-time/carried.ts`,
      'carriedSeconds: number = 10 * 60',
    ],
    ['pages', 'for 180 days', 'src/pages/index.ts', `strictTransportSecurity: 'max-age=${180 * 24 * 60 * 60}',`],
  ]
  it.each(rows)('%s.md: %s', (page, claim, file, constant) => {
    expect(read(`docs/${page}.md`)).toContain(claim)
    expect(
      read(file)
        .split('\n')
        .filter((line) => line.trim().replace(/^(?:export )?const /, '') === constant),
    ).toHaveLength(1)
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
