import type { Call } from '../caller.ts'
import type { Session } from '../session/session.ts'
import type { User } from '../session/user.ts'
import type { Surroundings } from '../surroundings.ts'

/** What the calls of this file have of the client. */
export interface ClientParts {
  readonly here: Surroundings
  readonly session: Session
  readonly user: User
  readonly call: Call
}
