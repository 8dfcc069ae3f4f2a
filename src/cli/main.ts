#!/usr/bin/env node
import cluster from 'node:cluster'
import { CommanderError } from 'commander'
import { HallpassError } from '../errors.ts'
import { exitCodes, Failure } from './failure.ts'
import { makeProgram } from './program.ts'

// Node 24 says so of its SQLite, to operators who can do nothing about it.
const { emitWarning } = process
process.emitWarning = (warning, ...rest) => {
  if (!/^SQLite is an experimental feature/.test(String(warning)))
    Reflect.apply(emitWarning, process, [warning, ...rest])
}

// Whoever reads us stopped reading, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done)
  throw error
})

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`hallpass: Node 24 or newer is needed, and this is ${process.versions.node}\n`)
  process.exit(exitCodes.configuration)
}

try {
  await makeProgram().parseAsync(keysLast(process.argv.slice(2)), { from: 'user' })
} catch (error) {
  process.exitCode = report(error)
  // It would stay for what it may be told.
  if (cluster.isWorker) process.exit()
}

/** The name of a key is 43 characters of base64url, and one of 64 begins with a dash. None of our options is so long. */
function keysLast(args: readonly string[]): string[] {
  const isKey = (arg: string) => /^-[\w-]{42}$/.test(arg)
  const keys = args.filter(isKey)
  return keys.length === 0 ? [...args] : [...args.filter((arg) => !isKey(arg)), '--', ...keys]
}

/** One clear line, or one for each mistake; and what the shell is told. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  for (const line of messageOf(error).split('\n')) process.stderr.write(`hallpass: ${line}\n`)
  if (error instanceof Failure) return error.exitCode
  const isConfiguration = error instanceof HallpassError && error.name === 'ConfigurationError'
  return isConfiguration ? exitCodes.configuration : exitCodes.failed
}

/** Where a name has several addresses, Node tries all and says nothing of its own. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error.message || error.name
}
