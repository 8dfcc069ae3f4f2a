import { Authenticator, type Ceremony } from '../auth/passkeys/authenticator.ts'
import type { Shown, Visitor } from './visitor.ts'

/** What the script of the pages imports to use a passkey. */
export async function challengeAt(
  visitor: Visitor,
  path: string,
): Promise<{ options: never; challenge_token: string }> {
  const { text } = await visitor.open(path)
  return JSON.parse(text.replace('export default ', ''))
}

/** The fields that the script puts into the form of a page that makes a passkey. */
export async function madeFields(
  visitor: Visitor,
  challengePath: string,
  authenticator: Authenticator,
): Promise<{ challenge_token: string; credential: string }> {
  const { options, challenge_token } = await challengeAt(visitor, challengePath)
  return { challenge_token, credential: JSON.stringify(authenticator.create(options)) }
}

/** The same for one that uses a passkey. */
export async function usedFields(
  visitor: Visitor,
  challengePath: string,
  authenticator: Authenticator,
): Promise<{ challenge_token: string; credential: string }> {
  const { options, challenge_token } = await challengeAt(visitor, challengePath)
  return { challenge_token, credential: JSON.stringify(authenticator.get(options)) }
}

/** Adds a passkey to the account, as the script does; returns the page with its recovery codes too. */
export async function addPasskey(
  visitor: Visitor,
  usual: Partial<Ceremony> = {},
): Promise<{ readonly authenticator: Authenticator; readonly shown: Shown; readonly recoveryCodes: string[] }> {
  const authenticator = new Authenticator(usual)
  const fields = await madeFields(visitor, '/account/passkeys/add.js', authenticator)
  const shown = await visitor.send('/account/passkeys/add', { ...fields, name: 'Laptop' })
  const recoveryCodes = [...shown.text.matchAll(/<li><code>([\w-]+)<\/code>/g)].map(([, code]) => code as string)
  return { authenticator, shown, recoveryCodes }
}
