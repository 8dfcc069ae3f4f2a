import type { Kind } from './calls.ts'
import type { Purpose } from './credentials/credentials.ts'
import { type Answered, networkFailure, readAnswer } from './result.ts'
import { sendInSession } from './send.ts'
import type { Session } from './session/session.ts'

/** Sends to the routes. Never rejects. */
export type Ask = (method: string, path: string, kind: Kind | 'logout', body?: unknown) => Promise<Answered>

/** Prepares what sends calls: those that show the session renew it, and are repeated. */
export function makeAsk({ transport, credentials, refresher }: Session): Ask {
  return async function ask(method, path, kind, body) {
    const isInSession = !/open|login/.test(kind)
    const send = (init?: RequestInit, purpose: Purpose = isInSession ? 'access' : 'open') =>
      transport.ask(credentials, { method, path, body, purpose, init })
    try {
      // A logout counts also where the page is left at once.
      if (kind === 'logout') return await readAnswer(await send({ keepalive: true }, kind))
      if (!isInSession) return await readAnswer(await send())
      const answered = await readAnswer(
        await sendInSession({ canRepeat: true, send: () => send() }, credentials, refresher),
      )
      const isOfToken = answered.failure?.code.startsWith('token_')
      // What needs no session must not fail because of one that has ended: its cookies are still sent.
      return kind === 'optional' && isOfToken ? await readAnswer(await send({ credentials: 'omit' }, 'open')) : answered
    } catch (error) {
      return { failure: networkFailure(error) }
    }
  }
}
