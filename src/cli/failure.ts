/** Exit codes, after sysexits(3). */
export const exitCodes = {
  done: 0,
  /** Refused, not found, or not possible now. */
  failed: 1,
  /** The command was written wrongly. */
  usage: 64,
  /** The configuration cannot work; nothing was started. */
  configuration: 78,
  /** A second signal while it was shutting down. */
  interrupted: 130,
  terminated: 143,
} as const

/** A command that ends with something to say. */
export class Failure extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.failed) {
    super(message)
    this.name = 'Failure'
    this.exitCode = exitCode
  }
}
