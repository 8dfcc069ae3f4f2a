import type { Call } from '../caller.ts'
import type { readAnswer } from '../http/result.ts'
import type { Session } from '../session/session.ts'
import type { User } from '../session/user.ts'
import type { Surroundings } from '../surroundings.ts'

/** The parts of the client that these calls use. */
export interface ClientParts {
  readonly here: Surroundings
  readonly session: Session
  readonly user: User
  readonly call: Call
  /** Passed on, because bundlers would move a module that both files import into a third. */
  readonly readAnswer: typeof readAnswer
}
