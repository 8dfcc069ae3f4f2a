import { createPrivateKey, sign } from 'node:crypto'

const seconds = 5 * 60

/**
 * The client secret that Apple requires: a token, signed with the team's private key and valid for five minutes. A new
 * one is made for each request.
 */
export function appleSecret(
  {
    privateKey,
    keyId,
    teamId,
    clientId,
  }: { readonly privateKey: string; readonly keyId: string; readonly teamId: string; readonly clientId: string },
  now: number = Date.now() / 1000,
): string {
  const iat = Math.floor(now)
  const claims = { iss: teamId, iat, exp: iat + seconds, aud: 'https://appleid.apple.com', sub: clientId }
  const body = [{ alg: 'ES256', kid: keyId }, claims].map((part) => encoded(JSON.stringify(part))).join('.')
  const key = { key: createPrivateKey(privateKey), dsaEncoding: 'ieee-p1363' } as const
  return `${body}.${encoded(sign('sha256', Buffer.from(body), key))}`
}

function encoded(part: string | Uint8Array): string {
  return Buffer.from(part).toString('base64url')
}
