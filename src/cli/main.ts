#!/usr/bin/env node
import cluster from 'node:cluster'
import { exitCodes } from './failure.ts'

// Node says so of its SQLite (24) and of what reads TypeScript, to operators who can do nothing about it.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (!/^(?:SQLite|stripTypeScriptTypes) is an experimental feature/.test(String(warning)))
    Reflect.apply(emitWarning, process, [warning, ...rest])
}

// Whoever reads us stopped reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done)
  throw error
})

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`hallpass: Node 24 or newer is required, and this is ${process.versions.node}\n`)
  process.exit(exitCodes.configuration)
}

const { run } = await import('./run.ts')
const { stdin, stdout, stderr, env } = process
process.exitCode = await run(process.argv.slice(2), { folder: process.cwd(), environment: env, stdin, stdout, stderr })
// A worker would stay for what it may be told.
if (process.exitCode !== exitCodes.done && cluster.isWorker) process.exit()
