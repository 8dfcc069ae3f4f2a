import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ServerSecret } from '../../../secrets/server-secret.ts'
import type { UserWithHash } from '../../../store/users/users.ts'

const prefix = 'hp_dv_'
const idBytes = 16
const macBytes = 32

/** The account that a device was logged in to. */
type DeviceUser = Pick<UserWithHash, 'id' | 'passwordHash'>

/**
 * What a device keeps after a login, so that its next attempts differ from a stranger's: `hp_dv_`, 128 random bits that
 * name the device, and a MAC over them, the account and its password hash. It lets no one in and is in no table. A change of
 * the password ends it: who has collected some with the old one gains nothing against the new one. One of a login with a second
 * factor has a MAC of another key, for the same reason: those that the password alone was good for are no one's at codes.
 */
export function makeDeviceToken(
  secrets: ServerSecret,
  user: DeviceUser,
  { hasSecondFactor = false }: { readonly hasSecondFactor?: boolean } = {},
): string {
  const id = randomBytes(idBytes)
  const [key] = secrets.derive(hasSecondFactor ? purposes.withFactor : purposes.any)
  return prefix + Buffer.concat([id, macOf(key, user, id)]).toString('base64url')
}

/**
 * Names the device that a token was made for. An unknown user costs as much as another device's token.
 * @param withFactor Knows only those that were made for a login with a second factor.
 * @returns `null` where it was made for no one, for another account, or under another password.
 */
export function deviceOf(
  secrets: ServerSecret,
  user: DeviceUser | undefined,
  token: string | undefined,
  { withFactor = false }: { readonly withFactor?: boolean } = {},
): string | null {
  if (token === undefined || !/^hp_dv_[\w-]{64}$/.test(token)) return null
  const bytes = Buffer.from(token.slice(prefix.length), 'base64url')
  const id = bytes.subarray(0, idBytes)
  const mac = bytes.subarray(idBytes, idBytes + macBytes)
  const keys = [...(withFactor ? [] : secrets.derive(purposes.any)), ...secrets.derive(purposes.withFactor)]
  const matches = keys.map((key) => timingSafeEqual(macOf(key, user ?? noUser, id), mac))
  return user !== undefined && matches.includes(true) ? id.toString('hex') : null
}

const purposes = { any: 'devices', withFactor: 'devices with a second factor' } as const
const noUser: DeviceUser = { id: '', passwordHash: '' }

/** Neither part contains NUL: no two users run into the same text. */
function macOf(key: Buffer, { id, passwordHash }: DeviceUser, device: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${id}\0${passwordHash ?? ''}\0`)
    .update(device)
    .digest()
}
