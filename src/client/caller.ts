import type { TokensBody } from '../routes/types.ts'
import { type CallRow, type Kind, rows } from './calls.ts'
import type { Ask } from './request.ts'
import type { Result } from './result.ts'
import type { Session } from './session/session.ts'
import type { User } from './session/user.ts'

type Members = Readonly<Record<string, unknown>>

/** Does one call, with the arguments of its method. */
export type Call = (row: CallRow, args: readonly unknown[]) => Promise<Result<unknown>>

/** Prepares the calls: what each sends, and what its answer means for the session. */
export function makeCall(session: Session, ask: Ask, user: User): Call {
  const { credentials, refresher, opened } = session

  /** Keeps the tokens of an answer. Those of a session that has ended meanwhile are discarded. */
  async function keep(body: TokensBody, isLogin: boolean, epoch: number): Promise<void> {
    if (isLogin) return session.begin(body)
    await credentials.adopt()
    if (epoch === refresher.epoch()) await credentials.accept(body)
  }

  return async function call(row, args) {
    const [pattern, rowKind = 'session', method = 'POST'] = row.split(' ') as [string, Kind?, string?]
    const hasId = pattern.includes(':id')
    const given = args[hasId ? 1 : 0] as Members | undefined
    // With a token of a login, nothing else of the request counts.
    const kind = given?.mfa_token === undefined ? rowKind : 'login-step'
    const isLogin = kind === 'login' || kind === 'login-step'
    await opened
    const epoch = refresher.epoch()
    const path = pattern.replace(':id', encodeURIComponent(args[0] as string))
    const answered =
      row === rows.me
        ? await user.ask()
        : method === 'GET'
          ? await ask(method, path + queryOf(given), kind)
          : await ask(method, path, kind, isLogin ? { ...credentials.bodyFor(kind), ...given } : given)
    const { failure, body = {} } = answered
    // A login that needs another step is no failure.
    if (failure !== undefined && !(isLogin && body.mfa_token)) return failure
    const { access_token, refresh_token, device_token, code, msg, ...rest } = body
    const hasTokens = rest.token_type !== undefined
    if (hasTokens) await keep(body as unknown as TokensBody, isLogin, epoch)
    if (row === rows.deleteMe) await session.end()
    if (kind === 'account' || kind === 'optional') user.changed()
    const status = hasTokens ? 'signed-in' : code
    return { ok: true, value: isLogin && status ? { status, ...rest } : answered.body && rest }
  }
}

/** JSON leaves out what is undefined. */
function queryOf(given: Members = {}): string {
  return `?${new URLSearchParams(JSON.parse(JSON.stringify(given)))}`
}
