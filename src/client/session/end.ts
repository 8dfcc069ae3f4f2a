import type { Ask } from '../http/request.ts'
import { type Answered, type Failure, failureOf, type Result, readAnswer } from '../http/result.ts'
import type { Session } from './session.ts'

/** What was asked for the session that has ended. */
export const hasEnded: Failure = failureOf('refresh_token_invalid', 'ended')

const done = { ok: true } as Result<undefined>

/**
 * Logs out. In bearer mode, forgetting the tokens ends the session here, whatever the server answers. Cookies
 * are removed by the server alone: without its answer the user is still signed in, and the result says so.
 */
export async function logout(session: Session, ask: Ask): Promise<Result<undefined>> {
  const { credentials, refresher, opened } = session
  session.logouts++
  await opened
  await credentials.adopt()
  // A refresh that is in progress counts no more, and none begins until the server has answered.
  refresher.supersede('ended', true)
  const hasTokens = credentials.hasSession()
  const mark = credentials.mark()
  const send = () => ask('POST', '/logout', 'logout', credentials.bodyFor('logout'))
  // With the tokens of now, which the next line forgets.
  const asking = hasTokens === false ? {} : send()
  if (hasTokens !== undefined) await session.end()
  let { failure }: Answered = await asking
  // Another tab has refreshed between the reading of the CSRF value and the sending of the cookies.
  if (failure?.code.startsWith('csrf_') && credentials.mark() !== mark) failure = (await send()).failure
  // If the server knows no such session, it has ended before.
  if (failure && !failure.code.startsWith('token_')) {
    refresher.supersede('ended')
    return failure
  }
  if (hasTokens === undefined) await session.end()
  return done
}

/** Refreshes, on demand of the application. */
export async function refresh({ refresher, credentials, opened }: Session): Promise<Result<undefined>> {
  await opened
  try {
    const renewal = await refresher.renew(credentials.mark())
    if (renewal === 'ended') return hasEnded
    const failure = typeof renewal === 'object' && (await readAnswer(renewal.clone())).failure
    return failure || done
  } catch (error) {
    return failureOf('network_error', error)
  }
}
