import { createHmac } from 'node:crypto'
import { password, type Reply, type Service, start, type Tokens } from '../service.ts'

/** The code that an authenticator app shows: written anew from RFC 4226 and 6238, so that two implementations agree. */
export function codeAt(secret: string, seconds: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(seconds / 30)))
  const digest = createHmac('sha1', fromBase32(secret)).update(counter).digest()
  const offset = (digest.at(-1) ?? 0) & 15
  return `${(digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000}`.padStart(6, '0')
}

function fromBase32(text: string): Buffer {
  const bits = [...text]
    .map((one) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0'))
    .join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}

/** A user with an authenticator app, and its session. */
export interface Enrolled extends Tokens {
  readonly id: string
  readonly username: string
  readonly secret: string
  readonly recoveryCodes: readonly string[]
}

/** The code of now, or of some steps later. */
export function codeNow(service: Service, secret: string, steps = 0): string {
  return codeAt(secret, start + service.elapsed + steps * 30)
}

/** A code that is none of those which are valid around now. */
export function wrongCode(service: Service, secret: string): string {
  const valid = [-2, -1, 0, 1, 2].map((steps) => codeNow(service, secret, steps))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !valid.includes(code)) ?? ''
}

/** Sets an app up for a caller. Its first code is used up. */
export async function addApp(
  service: Service,
  token: string,
): Promise<{ readonly id: string; readonly secret: string; readonly confirmed: Reply }> {
  const { body } = await service.call('POST', '/auth/mfa/totp', { token, body: {} })
  const { id, secret } = body as { id: string; secret: string }
  const code = codeNow(service, secret)
  const confirmed = await service.call('POST', `/auth/mfa/totp/${id}/confirm`, { token, body: { code } })
  return { id, secret, confirmed }
}

/** Registers a user, and sets an app up. */
export async function enroll(service: Service, username: string): Promise<Enrolled> {
  const { access_token, refresh_token } = await service.newcomer(username)
  const { id, secret, confirmed } = await addApp(service, access_token)
  const { access_token: token, recovery_codes } = confirmed.body as { access_token: string; recovery_codes: string[] }
  return { id, username, secret, recoveryCodes: recovery_codes, access_token: token, refresh_token }
}

/** The `mfa_token` that a login is refused with. */
export async function challengeOf(service: Service, username: string, more: object = {}): Promise<string> {
  const { body } = await service.call('POST', '/auth/login', { body: { username, password, ...more } })
  return body.mfa_token as string
}

export function verify(service: Service, mfa_token: string, code: string, method = 'totp'): Promise<Reply> {
  return service.call('POST', '/auth/mfa/verify', { body: { mfa_token, method, code } })
}
