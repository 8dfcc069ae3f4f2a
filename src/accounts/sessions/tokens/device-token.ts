import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ServerSecret } from '../../../secrets/server-secret.ts'
import type { UserWithHash } from '../../../store/users/users.ts'

const prefix = 'hp_dv_'
const idBytes = 16
const macBytes = 32

/** The account that a device was logged in to. */
type DeviceUser = Pick<UserWithHash, 'id' | 'passwordHash'>

/**
 * Makes the token that a device keeps after a login, so that its next attempts differ from a stranger's: `hp_dv_`, 128
 * random bits that identify the device, and a MAC over them, the account and its password hash. It does not log in, and
 * is in no table. A change of the password makes it invalid, so tokens collected with the old password are of no use
 * against the new one. For the same reason the token of a login with a second factor has a MAC with another key: tokens
 * that needed only the password are of no use for attempts at codes.
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
 * The id of the device that a token was made for. An unknown user costs as much as another device's token.
 * @param withFactor Accepts only tokens from a login with a second factor.
 * @returns `null` if the token is invalid, or was made for another account or another password.
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

/** Neither part contains NUL, so two users never produce the same text. */
function macOf(key: Buffer, { id, passwordHash }: DeviceUser, device: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${id}\0${passwordHash ?? ''}\0`)
    .update(device)
    .digest()
}
