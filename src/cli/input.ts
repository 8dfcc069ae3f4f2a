import { decodeText } from '../server/files/read-text.ts'
import { exitCodes, Failure } from './failure.ts'
import { printable } from './printable.ts'
import type { Terminal } from './terminal.ts'

/**
 * Asks for a new password: twice at a terminal, or as one line of standard input. It is never an argument, because
 * arguments appear in the process list and in the shell's history.
 */
export async function readNewPassword(terminal: Terminal): Promise<string> {
  // On standard error, because a program may be reading standard output.
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

/** After Ctrl-C, the end of the input, or the answer no. */
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
  // Ctrl-C and the end of the input throw. Both mean no.
  if (!(await answer.catch(() => false))) throw new Failure(cancelled)
}

/** Longer than any password or token. An input without line breaks may have no end. */
const mostBytesOfLine = 65_536

/** The first line of standard input, without its line break. */
export async function readLine({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  // Leaving the loop closes the input. Otherwise the process would wait for more of it.
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    const end = chunk.findIndex((byte) => byte === lineFeed || byte === carriageReturn)
    chunks.push(end === -1 ? chunk : chunk.subarray(0, end))
    length += chunk.length
    if (end !== -1) return textOf(Buffer.concat(chunks))
    if (length > mostBytesOfLine)
      throw new Failure('The first line of standard input is too long for a password or a token', exitCodes.usage)
  }
  if (length === 0) throw new Failure('Standard input is empty', exitCodes.usage)
  return textOf(Buffer.concat(chunks))
}

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** Otherwise a password in another encoding would be stored as one that its user cannot type. */
function textOf(bytes: Buffer): string {
  const text = decodeText(bytes)
  if (text === undefined) throw new Failure('Standard input is not UTF-8 text', exitCodes.usage)
  return text
}
