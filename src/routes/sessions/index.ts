import type { Endpoint } from '../http/endpoint.ts'
import { endOtherSessions } from './end-other-sessions.ts'
import { endSession } from './end-session.ts'
import { listSessions } from './list-sessions.ts'
import { login } from './login.ts'
import { logout } from './logout.ts'
import { password } from './password/change.ts'
import { removePassword } from './password/remove.ts'
import { reauthenticate } from './reauthenticate.ts'
import { refresh } from './refresh.ts'

/** The endpoints of sessions, in the order of their lives. */
export const sessions: readonly Endpoint[] = [
  login,
  refresh,
  logout,
  reauthenticate,
  password,
  removePassword,
  listSessions,
  endSession,
  endOtherSessions,
]
