import type { Credentials } from '../credentials/credentials.ts'
import type { Refresher, Renewal } from '../session/refresher.ts'
import { readAnswer } from './result.ts'
import type { Repeatable } from './transport.ts'

/** Refusals of an access token that a new one fixes. */
const renewable = /^token_(expired|revoked|key_unknown)$/

/** Once, and once more if another tab was faster: its tokens may have expired too, on a laptop that was asleep. */
const maxRepeats = 2

/**
 * Sends a request with the session. If its access token is refused, gets new tokens and repeats the request once. If
 * the refresh gets an answer that says nothing about the session, such as `unavailable`, that answer is returned in
 * place of the refusal.
 * @throws What `fetch` throws, also for the refresh.
 */
export async function sendInSession(
  { canRepeat, signal, send }: Repeatable,
  credentials: Credentials,
  { renew, succeed }: Pick<Refresher, 'renew' | 'succeed'>,
): Promise<Response> {
  let isRenewed = false
  for (let repeats = 0; ; repeats++) {
    const mark = credentials.mark()
    const response = await send()
    if (response.ok) succeed()
    if (response.ok || repeats === maxRepeats) return response
    const code = (await readAnswer(response.clone())).failure?.code ?? ''
    const isNewer = credentials.mark() !== mark
    // The access token is gone, for example its cookie, but the refresh token is there.
    const isLost = code === 'token_missing' && !(mark && credentials.hasSession()) && credentials.refreshKey()
    // The request was sent while another tab changed the cookies.
    if (code.startsWith('csrf_')) {
      if (!isNewer) return response
    } else if (isRenewed || signal?.aborted || !(isLost || renewable.test(code))) {
      // As with `fetch`, reading the body of a response whose request was aborted fails.
      return response
    } else if (!isNewer || repeats > 0) {
      // The refresh itself goes on, because other requests wait for it too.
      const done = new AbortController()
      const found = await new Promise<Renewal>((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), done)
        renew(mark).then(resolve, reject)
      }).finally(() => done.abort())
      if (typeof found === 'object') return found.clone()
      if (found === 'ended') return response
      isRenewed = found === 'renewed'
    }
    if (!canRepeat) return response
  }
}
