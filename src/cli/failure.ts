/** Exit codes, after sysexits(3). */
export const exitCodes = {
  done: 0,
  /** Refused, not found, or not possible now. */
  failed: 1,
  /** The command line was wrong. */
  usage: 64,
  /** The configuration cannot work, and nothing was started. */
  configuration: 78,
  /** Ended at once by a signal: the second one, or one before the server was listening. */
  interrupted: 130,
  terminated: 143,
} as const

/** A command that fails with a message. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}
