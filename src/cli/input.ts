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
  const second = await ask({ message: 'Once more' })
  if (first !== second) throw new Failure('The two passwords differ')
  return first
}

/** Asks before something that cannot be undone. Without a terminal to ask at, `--yes` must have answered. */
export async function confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
  if (yes) return
  if (!process.stdin.isTTY) throw new Failure(`${question} Add --yes to say so`, exitCodes.usage)
  const { default: ask } = await import('@inquirer/confirm')
  // On standard error, because standard output may be read by a program.
  const answer = ask({ message: question, default: false }, { output: process.stderr })
  // Ctrl-C and the end of the input are thrown, and mean no.
  if (!(await answer.catch(() => false))) throw new Failure('Nothing was done')
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
