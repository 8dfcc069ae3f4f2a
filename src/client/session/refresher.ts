import type { TokensBody } from '../../routes/types.ts'
import type { Credentials } from '../credentials/credentials.ts'
import { readAnswer } from '../http/result.ts'
import type { Transport } from '../http/transport.ts'
import { type SnapshotStore, signedOut } from './snapshot.ts'
import type { Tabs } from './tabs.ts'

/**
 * The outcome of a refresh: done here, done by another tab, the session has ended, or an answer that says nothing about
 * the session, such as `unavailable`. Several requests may wait for it, so each must read a copy.
 */
export type Renewal = 'renewed' | 'elsewhere' | 'ended' | Response

/** Refreshes, one at a time: in this tab with one promise, among tabs with a lock. */
export interface Refresher {
  /**
   * Gets new tokens, because a request with the current ones was refused.
   * @param mark The `mark` of the credentials when that request was sent.
   * @throws What `fetch` throws, if there is no answer.
   */
  renew(mark: string): Promise<Renewal>
  /**
   * The session begins or ends by other means, so the result of a refresh in progress is ignored.
   * @param outcome The outcome for the requests that wait for that refresh.
   * @param isPaused Whether refreshes have the same outcome until this is called again.
   */
  supersede(outcome: 'elsewhere' | 'ended', isPaused?: boolean): void
  /**
   * A request succeeded, so the user may have signed in elsewhere. Forgets the refusal of a token that cannot be
   * distinguished from others.
   */
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
  /** The refresh token that was refused. It is not presented again. */
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
      // An answer that is not hallpass's must not become the answer to the waiting request.
      return isRefusal ? 'over' : response.ok ? new Response(null, { status: 502 }) : response
    } catch (error) {
      if (epoch === started) throw error
      return 'ended'
    }
  }

  async function start(mark: string): Promise<Renewal> {
    const started = epoch
    const work = () => exchange(mark, started)
    // Even after another tab: its message may not have been about the refresh that is needed. If it was, this finds its
    // tokens.
    const renewal = (credentials.isShared && (await tabs.inTurn(work))) || (await work())
    if (epoch !== started) return superseded
    // The lock is released by now, so that listeners called here may call the client.
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
    supersede(outcome, isPaused) {
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
