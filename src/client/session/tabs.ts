import type { Surroundings, TabChannel, TabMessage } from '../surroundings.ts'

/** How long a tab waits for the refresh of another one, which may be frozen or closed. */
const longestWaitMilliseconds = 3000

/** The other tabs of the same client, as far as the browser lets them communicate. */
export interface Tabs {
  /**
   * Runs the work while no other tab does. If another tab is running it, waits up to 3 seconds for its message. Then,
   * and if there are no locks, returns `undefined`: the caller runs the work, and the server gives concurrent callers
   * the same tokens.
   */
  inTurn<Value>(work: () => Promise<Value>): Promise<Value | undefined>
  tell(message: TabMessage): void
  close(): void
}

export function openTabs(here: Surroundings, name: string, hear: (message: TabMessage) => void): Tabs {
  let channel: TabChannel | undefined
  try {
    channel = here.document && here.BroadcastChannel && new here.BroadcastChannel(name)
  } catch {
    // The browser offers no channel to this page.
  }
  let wake: (() => void) | undefined
  let heard = 0
  if (channel) {
    channel.onmessage = ({ data }) => {
      heard++
      // Any script of the origin may write to the channel.
      hear(Object(data))
      wake?.()
    }
  }

  return {
    async inTurn<Value>(work: () => Promise<Value>) {
      let running: Promise<Value> | undefined
      let isBusy: boolean | undefined
      const before = heard
      try {
        await (channel && here.navigator?.locks)?.request(name, { ifAvailable: true }, (lock) => {
          if (lock) running = work()
          else isBusy = true
          return running
        })
      } catch {
        // The browser offers no locks to this page, or the work failed.
      }
      if (isBusy && heard === before) {
        await new Promise<void>((go) => {
          wake = go
          setTimeout(go, longestWaitMilliseconds)
        })
      }
      return running
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
