// What every project gets, whatever its framework.
import { spawnSync } from 'node:child_process'
import { parseEnv } from 'node:util'
import type { Change } from './change.ts'
import { type Project, read } from './project.ts'

/** The dependency. */
export function changeManifest({ folder, manifest, framework }: Project, version: string): Change {
  const before = read(folder, 'package.json') as string
  const [, indent = '  '] = /^([ \t]+)"/m.exec(before) ?? []
  const has = manifest.dependencies?.hallpass ?? manifest.devDependencies?.hallpass
  const dependencies = Object.fromEntries(
    Object.entries({ ...manifest.dependencies, hallpass: has ?? `^${version}` }).sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  const after = has === undefined ? `${JSON.stringify({ ...manifest, dependencies }, null, indent)}\n` : before
  return { file: 'package.json', before, after: framework === 'fastify' ? withoutRestarts(after) : after }
}

/** What writes to the database must not start a program again that fastify-cli watches. */
function withoutRestarts(manifest: string): string {
  const watching = /fastify start (?![^"]*app\.db)(?=[^"]*(?:-w|--watch)\b)(?:--ignore-watch=([^\s"\\]+) )?/g
  return manifest.replace(watching, (_, ignored) => {
    const patterns = ignored === undefined ? 'app.db' : `\\"${ignored} app.db\\"`
    return `fastify start --ignore-watch=${patterns} `
  })
}

/** A fresh secret in `.env`, where there is none that says something. */
export function addSecret({ folder }: Project, secret: string): Change {
  const before = read(folder, '.env')
  const line = `JWT_SECRET_KEY=${secret}\n`
  if (parseEnv(before ?? '').JWT_SECRET_KEY) return { file: '.env', before, after: before as string }
  const empty = /^[ \t]*(?:export[ \t]+)?JWT_SECRET_KEY[ \t]*=.*(?:\n|$)/m
  return {
    file: '.env',
    before,
    after: empty.test(before ?? '') ? (before as string).replace(empty, () => line) : withEnd(before) + line,
  }
}

/** Keeps the secret and the database out of git. */
export function ignore({ folder }: Project): Change {
  const before = read(folder, '.gitignore')
  const ignored = (before ?? '').split('\n').map((line) => line.trim())
  const covers = { '.env': ['.env', '.env*', '/.env', '*.env'], 'app.db*': ['app.db*', '*.db', '*.db*'] }
  // Of two lines that contradict each other git takes the last.
  const missing = Object.entries(covers).filter(
    ([line, same]) => Math.max(...same.map((one) => ignored.lastIndexOf(one))) <= ignored.lastIndexOf(`!${line}`),
  )
  const after = missing.reduce((text, [line]) => `${withEnd(text)}${line}\n`, before ?? '')
  return { file: '.gitignore', before, after }
}

function withEnd(text = ''): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`
}

/** Whether git already tracks a file, regardless of .gitignore. */
export function isInGit({ folder }: Project, file: string): boolean {
  return spawnSync('git', ['ls-files', '--error-unmatch', file], { cwd: folder, stdio: 'ignore' }).status === 0
}
