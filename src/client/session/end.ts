import type { Ask } from '../http/request.ts'
import type { Answered, Result } from '../http/result.ts'
import type { Session } from './session.ts'

/**
 * Logs out. In bearer mode, forgetting the tokens ends the session here, whatever the server answers. Cookies can be
 * removed only by the server: without its answer the user is still signed in, and the result says so.
 */
export async function logout(session: Session, ask: Ask): Promise<Result<undefined>> {
  const { credentials, refresher, opened } = session
  session.logouts++
  await opened
  await credentials.adopt()
  // The result of a refresh in progress is ignored, and none begins until the server has answered.
  refresher.supersede('ended', true)
  const hasTokens = credentials.hasSession()
  const mark = credentials.mark()
  const send = () => ask('POST', '/logout', 'logout', credentials.bodyFor('logout'))
  // With the current tokens, which the next line forgets.
  const asking = hasTokens === false ? {} : send()
  if (hasTokens !== undefined) await session.end()
  let { failure }: Answered = await asking
  // Another tab has refreshed after the CSRF value was read and before the cookies were sent.
  if (failure?.code.startsWith('csrf_') && credentials.mark() !== mark) failure = (await send()).failure
  // If the server does not know the session, it has ended already.
  if (failure && !failure.code.startsWith('token_')) {
    refresher.supersede('ended')
    return failure
  }
  if (hasTokens === undefined) await session.end()
  return { ok: true, value: undefined }
}
