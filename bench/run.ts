// npm run bench [-- name …]: runs the benchmarks, and writes RESULTS.md. Named ones replace their sections, if the rest
// was measured on the same machine with the same versions; otherwise, they are only printed.
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { type Result, ratioOf, type Table } from './measure.ts'

const questions = [
  'verify-cold',
  'verify-seen',
  'sign',
  'protected-route',
  'frameworks',
  'revocation-set',
  'revocation-latency',
  'workers',
  'login',
  'login-storm',
  'enumeration',
  'refresh',
  'event-loop',
  'hostile-client',
  'start',
  'growth',
]
const peers = [
  'fast-jwt',
  'jose',
  'jsonwebtoken',
  'hono',
  '@hono/node-server',
  'express',
  'express-jwt',
  'fastify',
  '@fastify/jwt',
  'better-auth',
  '@node-rs/argon2',
  'kysely',
  'pg',
]

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !questions.includes(name))
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(', ')}. There are: ${questions.join(', ')}`)
  process.exit(64)
}

const sections: string[] = []
for (const name of asked.length > 0 ? asked : questions) {
  const { run } = (await import(`./${name}.bench.ts`)) as { run: () => Promise<Result> }
  const section = write(await run())
  console.log(section)
  sections.push(section)
}
const file = new URL('RESULTS.md', import.meta.url)
const results = asked.length === 0 ? [heading(), ...sections].join('\n') : withSections(readFileSync(file, 'utf8'))
if (results !== undefined) writeFileSync(file, results)

/** The results so far, with the sections of this run replaced; `undefined` if they were measured elsewhere. */
function withSections(before: string): string | undefined {
  const [top = '', ...parts] = before.split(/^(?=## )/m)
  const undated = (text: string) => text.replace(/\d{4}-\d{2}-\d{2}/, '').trim()
  if (undated(top) !== undated(heading())) return undefined
  const titleOf = (section: string) => section.slice(0, section.indexOf('\n'))
  const merged = parts.map((part) => sections.find((section) => titleOf(section) === titleOf(part)) ?? part)
  return [top, ...merged.map((part) => `${part.trimEnd()}\n\n`)].join('').trimEnd().concat('\n')
}

function heading(): string {
  const versions = peers.map((name) => `${name} ${versionOf(name)}`).join(', ')
  return `# Results

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}; ${versions}.
Contestants take turns within one run, each figure is the median of its rounds, ± half the distance between their quartiles; a ratio is the median of the ratios within each round. Absolute figures differ between machines and days; the ratios are what counts.
`
}

function versionOf(name: string): string {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}

function write({ question, unit, tables }: Result): string {
  return `## ${question}\n\n${tables.map((table) => writeTable(table, table.unit ?? unit)).join('\n')}`
}

function writeTable({ title, rows, targets }: Table, unit: string): string {
  const digits = unit === 'µs' || unit === 'ms' ? 2 : unit === 'MiB' ? 1 : 0
  const figures = rows.map((row) => {
    const ratio = ratioOf(rows, row.name, rows[0]?.name ?? '')
    return `| ${row.name} | ${row.median.toFixed(digits)} | ± ${row.spreadPercent.toFixed(0)} % | ${ratio.toFixed(2)} |`
  })
  const verdicts = targets.map(
    ({ demand, actual, isReached }) => `- ${demand}: ${actual}, ${isReached ? 'reached' : '**missed**'}`,
  )
  return `### ${title}\n\n| | ${unit} | spread | ratio |\n| --- | --- | --- | --- |\n${figures.join('\n')}\n\n${verdicts.join('\n')}\n`
}
