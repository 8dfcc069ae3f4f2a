import type { Readable, Writable } from 'node:stream'

/** What a command is run with. Commands touch nothing else of their process: many run in one where no process is wanted. */
export interface Terminal {
  /** The working directory: `.env` is read in it, and `init` writes into it. */
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
}

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }
