export { openSecret, sealSecret } from '../../users/totp-sealing.ts'

/**
 * What every authenticator app supports (RFC 6238): SHA-1, which is sound in an HMAC, six digits, 30 seconds. The
 * secret has the 160 bits that RFC 4226 section 4 recommends.
 */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const
const secretBytes = 20
/** Steps accepted before and after the current one, because clocks of phones are off. */
const window = 1

/** What a user enters into an authenticator app, in either form, or scans. */
export interface AppEntry {
  /** In base32. */
  readonly secret: string
  readonly uri: string
  readonly svg: string
}

/** Makes a secret. Both libraries are loaded when the first one is made. */
export async function makeAppEntry({
  issuer,
  username,
}: {
  readonly issuer: string
  readonly username: string
}): Promise<AppEntry> {
  const [{ Secret, TOTP }, { renderSVG }] = await Promise.all([import('otpauth'), import('uqr')])
  const secret = new Secret({ size: secretBytes })
  const uri = new TOTP({ ...parameters, issuer, label: username, secret }).toString()
  // QR readers need a margin of four modules (ISO 18004).
  return { secret: secret.base32, uri, svg: renderSVG(uri, { pixelSize: 4, border: 4 }) }
}

/**
 * The time step that a code belongs to. The spaces that apps show in a code are ignored. The library throws on digits
 * of other scripts, so it is only given ASCII digits.
 * @returns `undefined` for a wrong code.
 */
export async function stepOfCode(secret: string, code: string, at: Date): Promise<number | undefined> {
  const token = code.replace(/\s/g, '')
  if (!/^[0-9]{6}$/.test(token)) return undefined
  const { TOTP } = await import('otpauth')
  const timestamp = at.getTime()
  const delta = new TOTP({ ...parameters, secret }).validate({ token, timestamp, window })
  return delta === null ? undefined : TOTP.counter({ period: parameters.period, timestamp }) + delta
}
