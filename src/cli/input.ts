import { createInterface } from 'node:readline'
import { exitCodes, Failure } from './failure.ts'

/**
 * Asks for a password that is to be set: twice at a terminal, or one line of standard input. Never an argument: those are
 * in the list of processes and in the shell's history.
 */
export async function readNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return readLine()
  const { default: ask } = await import('@inquirer/password')
  const first = await ask({ message: 'Password' })
  const second = await ask({ message: 'Repeat it' })
  if (first !== second) throw new Failure('The two passwords differ')
  return first
}

/** Asks before something that cannot be undone. Without a terminal, `--yes` is required. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new Failure(`${question} Add --yes to confirm`, exitCodes.usage)
  process.stderr.write(`${question} [y/N] `)
  if (!/^y(?:es)?$/i.test(await readLine())) throw new Failure('Cancelled: nothing was changed')
}

/** The first line of standard input, without its end. */
export async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return line
  } finally {
    // A terminal stays open: the process would wait for what else it says.
    lines.close()
  }
  throw new Failure('Standard input is empty', exitCodes.usage)
}
