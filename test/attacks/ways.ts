import { JwtManager, type Key, KeySet, signToken, verifyToken } from 'hallpass'

/** The time in every test of this folder. */
export const now = 1_795_434_203

/** Claims that a manager of the default preset accepts. */
export const claims: { sub: string; jti: string; type: string; exp: number } = {
  sub: 'alice',
  jti: 'j',
  type: 'access',
  exp: now + 60,
}

export const encode = (part: object | string | Uint8Array): string =>
  Buffer.from(typeof part === 'string' || part instanceof Uint8Array ? part : JSON.stringify(part)).toString(
    'base64url',
  )

/** A token with a valid signature, whatever its parts contain. */
export function seal(key: Key, header: object | string | Uint8Array, payload: object | string | Uint8Array): string {
  const signedPart = `${encode(header)}.${encode(payload)}`
  return `${signedPart}.${key.sign(signedPart).toString('base64url')}`
}

/** Runs an action. @returns `accepted`, the code of the error, or the error itself if it is not one of ours. */
export function codeOf(action: () => unknown): string {
  try {
    action()
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? `${error}`
  }
}

/**
 * The answers to a token for every way to pass a key, each asked twice: a key, a set, a set with further keys, a
 * manager, and a manager whose key is chosen for each token. If they all agree, there is one answer.
 */
export function answersOf(token: string, key: Key, others: readonly Key[] = []): string[] {
  const sets = [new KeySet([key]), new KeySet([...others, key], { kidIsHint: true })]
  const ways = [
    () => verifyToken(token, key, { now }),
    ...sets.flatMap((keys) => [
      () => verifyToken(token, keys, { now }),
      managed(new JwtManager({ keys, clock: () => now }), token),
      managed(
        new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => keys, leewaySeconds: 0, clock: () => now }),
        token,
      ),
    ]),
    managed(
      new JwtManager({ keys: new KeySet(), verifyingKeyFor: () => key, leewaySeconds: 0, clock: () => now }),
      token,
    ),
  ]
  return [...new Set([...ways, ...ways].map(codeOf))]
}

const managed = (manager: JwtManager, token: string) => () => manager.verify(token)

/** A different valid token for each number. */
export const numbered = (key: Key, number: number, more: object = {}): string =>
  signToken({ ...claims, jti: `${number}`, ...more }, key, { typ: 'at+jwt' })

/** Pseudo-random numbers below a bound, the same in every run. */
export function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
}
