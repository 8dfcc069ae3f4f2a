#!/usr/bin/env node
import cluster from 'node:cluster'
import { exitCodes } from './failure.ts'

// Node 24 warns about its SQLite, which operators can do nothing about.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (!/^SQLite is an experimental feature/.test(String(warning)))
    Reflect.apply(emitWarning, process, [warning, ...rest])
}

// The reader of standard output has closed it, as `head` does.
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
// A worker would otherwise keep running to wait for messages.
if (process.exitCode !== exitCodes.done && cluster.isWorker) process.exit()
