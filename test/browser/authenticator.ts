import type { CDPSession } from 'playwright-core'
import type { Person } from './person.ts'

/** A passkey with its private key. */
interface Kept {
  readonly credentialId: string
  readonly isResidentCredential: boolean
  readonly privateKey: string
  readonly signCount: number
}

/** What keeps the passkeys of a person: a telephone that recognises its owner, or a security key that does not. */
export interface Authenticator {
  /** Runs something that the person answers by touching it. Otherwise it waits, as it does when no one is there. */
  touched<Value>(work: () => Promise<Value>): Promise<Value>
  /** The same, for what asks by a dialog: the offer in a field that waits until then is not the one that is answered. */
  touchedByDialog<Value>(work: () => Promise<Value>): Promise<Value>
  /** How many passkeys it has. */
  count(): Promise<number>
  /** Its passkeys, with their private keys. */
  read(): Promise<Kept[]>
  /** Gives it passkeys of another one. */
  add(passkeys: readonly Kept[]): Promise<void>
  clear(): Promise<void>
}

/** @param options.verifiesUser Whether it asks for a finger or a PIN. */
export async function addAuthenticator(
  { context, page }: Person,
  { verifiesUser }: { readonly verifiesUser: boolean },
): Promise<Authenticator> {
  let answersDialog = false
  await context.exposeFunction('touchByDialog', () => answersDialog && setPresence(true))
  await context.addInitScript({ content: touchFirst })
  const cdp: CDPSession = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      // For one on a cable that does not verify, Chromium would ask for a PIN first.
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: verifiesUser,
      isUserVerified: verifiesUser,
      automaticPresenceSimulation: false,
    },
  })
  const setPresence = (enabled: boolean) =>
    cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  const read = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
  return {
    async touched(work) {
      await setPresence(true)
      try {
        return await work()
      } finally {
        await setPresence(false)
      }
    },
    async touchedByDialog(work) {
      answersDialog = true
      try {
        return await work()
      } finally {
        answersDialog = false
        await setPresence(false)
      }
    },
    async count() {
      return (await read()).length
    },
    read,
    async add(passkeys) {
      for (const credential of passkeys) await cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
    },
    async clear() {
      await cdp.send('WebAuthn.clearCredentials', { authenticatorId })
    },
  }
}

/** A request that the browser has already is not answered by a touch that follows: so the touch comes before. */
const touchFirst = `
  const { credentials } = navigator
  const get = credentials?.get.bind(credentials)
  if (get) credentials.get = async (options) => {
    if (options.mediation !== 'conditional') await touchByDialog()
    return get(options)
  }`
