import type { Kind } from '../calls.ts'
import type { Purpose } from '../credentials/credentials.ts'
import type { Session } from '../session/session.ts'
import { type Answered, failureOf, readAnswer } from './result.ts'
import { sendInSession } from './send.ts'

/** Sends to the routes. Rejects only for a body that is no JSON. */
export type Ask = (
  method: string,
  path: string,
  kind: Kind | 'logout',
  body?: unknown,
  expected?: string,
) => Promise<Answered>

/** Prepares what sends calls: those that show the session renew it, and are repeated. */
export function makeAsk({ transport, credentials, refresher }: Session): Ask {
  return async function ask(method, path, kind, body, expected) {
    const isInSession = !/open|login/.test(kind)
    // What cannot be sent is a fault of the program, which is thrown.
    const text = JSON.stringify(body)
    const send = (init?: RequestInit, purpose: Purpose = isInSession ? 'access' : 'open') =>
      transport.ask(credentials, purpose, method, path, text, init)
    try {
      // A logout counts also where the page is left at once.
      const answered = await readAnswer(
        kind === 'logout'
          ? send({ keepalive: true }, kind)
          : isInSession
            ? sendInSession({ canRepeat: true, send }, credentials, refresher)
            : send(),
        expected,
      )
      const isOfToken = answered.failure?.code.startsWith('token_')
      // What needs no session must not fail because of one that has ended: its cookies are still sent.
      return kind === 'optional' && isOfToken ? await readAnswer(send({ credentials: 'omit' }, 'open')) : answered
    } catch (error) {
      return { failure: failureOf('network_error', error) }
    }
  }
}
