import { CommanderError } from 'commander'
import { HallpassError } from '../errors.ts'
import { exitCodes, Failure } from './failure.ts'
import { printable } from './printable.ts'
import { makeProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs one command. `serve` alone does more: it listens to the signals of its process, and ends it.
 * @param args What stands behind `hallpass`.
 * @returns What the shell is told.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await makeProgram(terminal).parseAsync(keysLast(args), { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error, terminal)
  }
}

/** The name of a key is 43 characters of base64url, and one of 64 begins with a dash. None of our options is so long. */
function keysLast(args: readonly string[]): string[] {
  const isKey = (arg: string) => /^-[\w-]{42}$/.test(arg)
  const keys = args.filter(isKey)
  return keys.length === 0 || args.includes('--') ? [...args] : [...args.filter((arg) => !isKey(arg)), '--', ...keys]
}

/** One clear line, or one for each mistake, and the exit code. */
function report(error: unknown, { stderr }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  for (const line of messageOf(error).split('\n')) stderr.write(`hallpass: ${printable(line)}\n`)
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
