import type { Visit } from '../page.ts'

/** A login that waits for its next step. */
interface LoginStep {
  readonly token: string
  /** The second factors that it accepts. */
  readonly methods: readonly string[]
}

/** The members of a refusal with which a login goes on. */
export interface RefusedLogin {
  readonly mfa_token: string
  readonly expires_in: number
  readonly methods?: unknown
}

/** Keeps what a refused login answered, for as long as its token is valid. */
export function keepStep(visit: Visit, { mfa_token: token, expires_in: seconds, methods }: RefusedLogin): void {
  const known = Array.isArray(methods) ? methods.filter((method) => /^[a-z_]+$/.test(method)) : []
  visit.setCookie('login_step', [token, ...known].join('~'), seconds)
}

export function readStep(visit: Visit): LoginStep | undefined {
  const [token, ...methods] = visit.cookie('login_step')?.split('~') ?? []
  return token === undefined ? undefined : { token, methods }
}

export function endStep(visit: Visit): void {
  visit.setCookie('login_step', '', 0)
}
