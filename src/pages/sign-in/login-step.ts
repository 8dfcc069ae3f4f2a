import type { Visit } from '../page.ts'

/** The lifetime of a challenge. */
const stepSeconds = 10 * 60

/** A login that waits for its next step. */
interface LoginStep {
  readonly token: string
  /** The second factors that it accepts. */
  readonly methods: readonly string[]
}

export function keepStep(visit: Visit, token: string, methods: unknown): void {
  const known = Array.isArray(methods) ? methods.filter((method) => /^[a-z_]+$/.test(method)) : []
  visit.setCookie('login_step', [token, ...known].join('~'), stepSeconds)
}

export function readStep(visit: Visit): LoginStep | undefined {
  const [token, ...methods] = visit.cookie('login_step')?.split('~') ?? []
  return token === undefined ? undefined : { token, methods }
}

export function endStep(visit: Visit): void {
  visit.setCookie('login_step', '', 0)
}
