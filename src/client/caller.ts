import type { TokensBody } from '../routes/types.ts'
import { type CallRow, type Kind, rows } from './calls.ts'
import { pick, tokenNames } from './credentials/credentials.ts'
import type { Ask } from './http/request.ts'
import { failureOf, type Result } from './http/result.ts'
import type { Session } from './session/session.ts'
import type { User } from './session/user.ts'

export type Members = Readonly<Record<string, unknown>>

/** Does one call, with the members of its body. */
export type Call = (row: CallRow, given?: Members | undefined) => Promise<Result<unknown>>

/** Makes the function that performs calls: what each sends, and what its answer means for the session. */
export function makeCall(session: Session, ask: Ask, user: User): Call {
  const { credentials, refresher, opened } = session

  return async function call(row, given) {
    const { logouts } = session
    const [path, rowKind = 'session', method = 'POST', expected] = row.split(' ') as [string, Kind?, string?, string?]
    // With an `mfa_token`, nothing else in the request counts.
    const kind = given?.mfa_token ? 'login-step' : rowKind
    const isLogin = kind.startsWith('login')
    await opened
    const epoch = refresher.epoch()
    const answered =
      row === rows.me
        ? await user.ask()
        : await ask(
            method,
            path,
            kind,
            isLogin ? { ...credentials.bodyFor(kind as 'login'), ...given } : given,
            expected,
          )
    const { failure, body = {} } = answered
    // A login that needs another step is no failure.
    if (failure && !(isLogin && body.mfa_token)) return failure
    const { code, msg, ...rest } = pick(body, tokenNames, false)
    const hasTokens = rest.token_type
    const tokens = body as unknown as TokensBody
    if (hasTokens && isLogin) {
      // The later call wins, so the session that was just created at the server is ended.
      if (logouts !== session.logouts)
        return (
          (await ask('POST', '/logout', 'logout', { refresh_token: body.refresh_token })).failure ??
          failureOf('refresh_token_invalid', 'ended')
        )
      await session.begin(tokens)
    } else if (hasTokens) {
      await credentials.adopt()
      // Tokens of a session that has ended meanwhile are discarded.
      if (epoch === refresher.epoch()) await credentials.accept(tokens)
    }
    const status = hasTokens ? 'signed-in' : code
    return { ok: true, value: isLogin && status ? { status, ...rest } : answered.body && rest }
  }
}
