import type { Readable, Writable } from 'node:stream'

/** What a command runs with. Commands use nothing else of their process, so that several can run in one process. */
export interface Terminal {
  /** The working directory, from which `.env` is read and into which `init` writes. */
  readonly folder: string
  readonly environment: NodeJS.ProcessEnv
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Output
  readonly stderr: Output
}

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }
