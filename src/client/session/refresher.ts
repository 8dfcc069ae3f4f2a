import type { TokensBody } from '../../routes/types.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { readAnswer } from '../http/result.ts'
import type { Transport } from '../http/transport.ts'
import { type SnapshotStore, signedOut } from './snapshot.ts'
import type { Tabs } from './tabs.ts'

/**
 * What became of a refresh: made here, or by another tab; or the session has ended; or an answer that says nothing about the
 * session, such as `unavailable`. Several requests may wait for it: each has to read a copy.
 */
export type Renewal = 'renewed' | 'elsewhere' | 'ended' | Response

/** Refreshes, once at a time: in this tab by one promise, among tabs by a lock. */
export interface Refresher {
  /**
   * Gets new tokens, because a request was refused that carried the old ones.
   * @param mark The `mark` of the credentials when that request was sent.
   * @throws What `fetch` throws, if there is no answer.
   */
  renew(mark: string): Promise<Renewal>
  /**
   * The session begins or ends otherwise: what a refresh that is in progress returns counts no more.
   * @param outcome What came of that refresh, for the requests that wait for it.
   * @param isPaused Whether refreshes return the same until this is called again.
   */
  supersede(outcome: 'elsewhere' | 'ended', isPaused?: boolean): void
  /** A request succeeded: the user may have signed in elsewhere. Forgets a refusal of a token that cannot be told from others. */
  succeed(): void
  /** Changes with each `supersede`. */
  epoch(): number
}

export interface RefresherParts {
  readonly credentials: Credentials
  readonly transport: Transport
  readonly tabs: Tabs
  readonly store: SnapshotStore
}

export function makeRefresher({ credentials, transport, tabs, store }: RefresherParts): Refresher {
  let epoch = 0
  let flight: Promise<Renewal> | undefined
  let aborter: AbortController | undefined
  /** The refresh token that was refused: it is not presented again. */
  let refused: string | undefined
  let superseded: Renewal = 'ended'

  async function exchange(mark: string, started: number): Promise<Renewal | 'over'> {
    await credentials.adopt()
    if (epoch !== started) return 'ended'
    const presented = credentials.refreshKey()
    if (presented === undefined) return 'over'
    if (credentials.mark() !== mark) return 'elsewhere'
    if (presented === refused) return 'ended'
    try {
      aborter = new AbortController()
      const { signal } = aborter
      const body = JSON.stringify(credentials.bodyFor('refresh'))
      const response = await transport.ask(credentials, 'refresh', 'POST', '/refresh', body, { signal })
      const { failure, body: tokens } = await readAnswer(response.clone(), 'token_type')
      if (epoch !== started) return 'ended'
      if (!failure) {
        await credentials.accept(tokens as unknown as TokensBody, presented)
        if (epoch !== started || credentials.hasSession() === false) return 'ended'
        tabs.tell({ type: 'refreshed' })
        return 'renewed'
      }
      const isRefusal = /^(refresh_token_invalid|token_missing)$/.test(failure.code)
      if (isRefusal) refused = presented
      await credentials.adopt()
      if (credentials.refreshKey() !== presented) return 'elsewhere'
      // What is not hallpass's must not be taken for the answer to the request that waits.
      return isRefusal ? 'over' : response.ok ? new Response(null, { status: 502 }) : response
    } catch (error) {
      if (epoch === started) throw error
      return 'ended'
    }
  }

  async function start(mark: string): Promise<Renewal> {
    const started = epoch
    const work = () => exchange(mark, started)
    // After another tab, too: what it said may not be the refresh that is needed. If it is, the work finds its tokens.
    const renewal = (credentials.isShared && (await tabs.inTurn(work))) || (await work())
    if (epoch !== started) return superseded
    // The lock is free again, so that what is called from here may call back.
    if (renewal === 'over') {
      await credentials.forget()
      store.set(signedOut)
      return 'ended'
    }
    if (renewal === 'renewed' || renewal === 'elsewhere') store.isAlive()
    return renewal
  }

  return {
    renew(mark) {
      if (flight) return flight
      const current = start(mark).finally(() => {
        if (flight === current) flight = undefined
      })
      flight = current
      return current
    },
    supersede(outcome, isPaused = false) {
      epoch++
      superseded = outcome
      refused = undefined
      flight = isPaused ? Promise.resolve(outcome) : undefined
      aborter?.abort()
    },
    succeed() {
      refused ||= undefined
    },
    epoch: () => epoch,
  }
}
