import { createInterface } from 'node:readline'
import { exitCodes, Failure } from './failure.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks for a password that is to be set: twice at a terminal, or one line of standard input. Never an argument: those are
 * in the list of processes and in the shell's history.
 */
export async function readNewPassword(terminal: Terminal): Promise<string> {
  // On standard error, because standard output may be read by a program.
  const { stdin: input, stderr: output } = terminal
  if (!input.isTTY) return readLine(terminal)
  const { default: askPassword } = await import('@inquirer/password')
  const ask = (message: string) =>
    askPassword({ message }, { input, output }).catch(() => {
      throw new Failure(cancelled)
    })
  const first = await ask('Password')
  const second = await ask('Repeat it')
  if (first !== second) throw new Failure('The two passwords differ')
  return first
}

/** After Ctrl-C, the end of the input, or no. */
const cancelled = 'Cancelled: nothing was changed'

/** Asks before something that cannot be undone. Without a terminal, `--yes` is required. */
export async function confirm(
  { stdin: input, stderr: output }: Terminal,
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes) return
  if (!input.isTTY) throw new Failure(`${question} Add --yes to confirm`, exitCodes.usage)
  const { default: ask } = await import('@inquirer/confirm')
  const answer = ask({ message: printable(question), default: false }, { input, output })
  // Ctrl-C and the end of the input are thrown, and mean no.
  if (!(await answer.catch(() => false))) throw new Failure(cancelled)
}

/** The first line of standard input, without its end. */
export async function readLine({ stdin }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin })
  try {
    for await (const line of lines) return line
  } finally {
    // A terminal stays open: the process would wait for what else it says.
    lines.close()
  }
  throw new Failure('Standard input is empty', exitCodes.usage)
}
