import { CommanderError } from 'commander'
import { asText, HallpassError } from '../errors.ts'
import { exitCodes, Failure } from './failure.ts'
import { printable } from './printable.ts'
import { makeProgram } from './program.ts'
import type { Terminal } from './terminal.ts'

/**
 * Runs one command. Only `serve` does more: it listens for signals of its process, and ends it.
 * @param args The arguments after `hallpass`.
 * @returns The exit code.
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await makeProgram(terminal).parseAsync(keysLast(args), { from: 'user' })
    return exitCodes.done
  } catch (error) {
    return report(error, terminal)
  }
}

/** A key id has 43 base64url characters, and one in 64 begins with a dash. None of our options is that long. */
function keysLast(args: readonly string[]): string[] {
  const isKey = (arg: string) => /^-[\w-]{42}$/.test(arg)
  const keys = args.filter(isKey)
  return keys.length === 0 || args.includes('--') ? [...args] : [...args.filter((arg) => !isKey(arg)), '--', ...keys]
}

/** Prints one line, or one for each mistake. @returns The exit code. */
function report(error: unknown, { stderr }: Terminal): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  for (const line of messageOf(error).split('\n')) stderr.write(`hallpass: ${printable(line)}\n`)
  if (error instanceof Failure) return error.exitCode
  const isConfiguration = error instanceof HallpassError && error.name === 'ConfigurationError'
  return isConfiguration ? exitCodes.configuration : exitCodes.failed
}

/** If a name has several addresses, Node tries them all and reports an error without a message. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return asText(error)
  if (error.message === '' && error instanceof AggregateError) return error.errors.map(messageOf).join('; ')
  return error.message || error.name
}
