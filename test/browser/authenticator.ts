import type { CDPSession } from 'playwright-core'
import type { Person } from './person.ts'

/** What keeps the passkeys of a person: a telephone that recognises its owner, or a security key that does not. */
export interface Authenticator {
  /** Runs something that the person answers by touching it. Otherwise it waits, as it does when no one is there. */
  touched<Value>(work: () => Promise<Value>): Promise<Value>
  /** How many passkeys it has. */
  count(): Promise<number>
  clear(): Promise<void>
}

/** @param options.verifiesUser Whether it asks for a finger or a PIN. */
export async function addAuthenticator(
  { context, page }: Person,
  { verifiesUser }: { readonly verifiesUser: boolean },
): Promise<Authenticator> {
  const cdp: CDPSession = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: verifiesUser ? 'internal' : 'usb',
      hasResidentKey: true,
      hasUserVerification: verifiesUser,
      isUserVerified: verifiesUser,
      automaticPresenceSimulation: false,
    },
  })
  const setPresence = (enabled: boolean) =>
    cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  return {
    async touched(work) {
      await setPresence(true)
      try {
        return await work()
      } finally {
        await setPresence(false)
      }
    },
    async count() {
      return (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length
    },
    async clear() {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
    },
  }
}
