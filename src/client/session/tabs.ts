import type { Surroundings, TabChannel, TabMessage } from '../surroundings.ts'

/** How long a tab waits for the refresh of another one. The other may be frozen, or closed. */
const longestWaitMilliseconds = 3000

/** The other tabs of the same client, as far as the browser lets them talk. */
export interface Tabs {
  /**
   * Runs the work while no other tab does. If another one is at it, waits for its message at most 3 seconds, and returns
   * `undefined` if it came; otherwise runs the work anyway: the server gives those who race the same tokens.
   */
  inTurn<Value>(work: () => Promise<Value>): Promise<Value | undefined>
  tell(message: TabMessage): void
  close(): void
}

export function openTabs(here: Surroundings, name: string, hear: (message: TabMessage) => void): Tabs {
  let channel = openChannel(here, name)
  const locks = here.navigator?.locks
  const waiting: (() => void)[] = []
  let heard = 0
  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      heard++
      hear(data)
      for (const go of waiting.splice(0)) go()
    }
  }

  return {
    async inTurn<Value>(work: () => Promise<Value>) {
      if (channel === undefined || locks === undefined) return work()
      let running: Promise<Value> | undefined
      const before = heard
      try {
        await locks.request(name, { ifAvailable: true }, async (lock) => {
          if (lock === null) return
          running = work()
          await running
        })
      } catch {
        // The browser has no locks for this page. An error of the work is thrown below.
        running ??= work()
      }
      if (running !== undefined) return running
      if (heard === before) {
        await new Promise<void>((go) => {
          waiting.push(go)
          setTimeout(go, longestWaitMilliseconds)
        })
      }
      return heard === before ? work() : undefined
    },
    tell(message) {
      channel?.postMessage(message)
    },
    close() {
      channel?.close()
      channel = undefined
    },
  }
}

function openChannel(here: Surroundings, name: string): TabChannel | undefined {
  try {
    return here.document && here.BroadcastChannel && new here.BroadcastChannel(name)
  } catch {
    return undefined
  }
}
