import { createInterface } from 'node:readline'
import { exitCodes, Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks for a password that is to be set: twice at a terminal, or one line of standard input. Never an argument: those are
 * in the list of processes and in the shell's history.
 */
export async function readNewPassword(terminal: Terminal): Promise<string> {
  const { stdin: input, stdout: output } = terminal
  if (!input.isTTY) return readLine(terminal)
  const { default: ask } = await import('@inquirer/password')
  const first = await ask({ message: 'Password' }, { input, output })
  const second = await ask({ message: 'Repeat it' }, { input, output })
  if (first !== second) throw new Failure('The two passwords differ')
  return first
}

/** Asks before something that cannot be undone. Without a terminal, `--yes` is required. */
export async function confirm(
  terminal: Terminal,
  question: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes) return
  if (!terminal.stdin.isTTY) throw new Failure(`${question} Add --yes to confirm`, exitCodes.usage)
  terminal.stderr.write(`${question} [y/N] `)
  if (!/^y(?:es)?$/i.test(await readLine(terminal))) throw new Failure('Cancelled: nothing was changed')
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
