#!/usr/bin/env node
import cluster from 'node:cluster'
import { exitCodes } from './failure.ts'

// Node 24 warns about its SQLite, which operators can do nothing about.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (!/^SQLite is an experimental feature/.test(String(warning)))
    Reflect.apply(emitWarning, process, [warning, ...rest])
}

// Without a listener, a full disk under standard error would end a server that only wanted to print something.
process.stderr.on('error', () => {})
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // The reader of standard output has closed it, as `head` does.
  if (code === 'EPIPE') process.exit(exitCodes.done)
  stop(`Standard output cannot be written: ${code}`, exitCodes.failed)
})

// The process that started this worker is gone. Without a listener, a stack trace would say so.
cluster.worker?.on('error', () => process.exit(exitCodes.failed))

function stop(message: string, exitCode: number): never {
  process.stderr.write(`hallpass: ${message}\n`)
  process.exit(exitCode)
}

function workingFolder(): string {
  try {
    return process.cwd()
  } catch {
    return stop('The working directory no longer exists: change to another one', exitCodes.configuration)
  }
}

if (Number.parseInt(process.versions.node, 10) < 24)
  stop(`Node 24 or newer is required, and this is ${process.versions.node}`, exitCodes.configuration)

const { run } = await import('./run.ts')
const { stdin, stdout, stderr, env } = process
process.exitCode = await run(process.argv.slice(2), {
  folder: workingFolder(),
  environment: env,
  stdin,
  stdout,
  stderr,
})
// A worker would otherwise keep running to wait for messages.
if (process.exitCode !== exitCodes.done && cluster.isWorker) process.exit()
