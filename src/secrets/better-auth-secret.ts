import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'

/** Starts with `$ba$1$` if better-auth has several secrets. */
const form = /^(?:\$ba\$\d+\$)?(?<hex>(?:[0-9a-f]{2}){41,2048})$/
const nonceBytes = 24
const tagBytes = 16

/**
 * Whether a text was encrypted by better-auth. The plain secret of an authenticator app never looks like this, because
 * base32 has no 0, 1, 8 or 9, and the secret is shorter.
 */
export function isOfBetterAuth(text: string): boolean {
  return form.test(text)
}

/**
 * Decrypts the secret of an authenticator app as better-auth 1 stores it: XChaCha20-Poly1305 under the SHA-256 of
 * better-auth's secret, in hexadecimal, preceded by the nonce. The characters of the decrypted text are the app's key.
 * @param secrets The secrets that better-auth uses or used.
 * @returns The secret in base32; `undefined` if none of the secrets decrypts it.
 */
export function openSecretOfBetterAuth(text: string, secrets: readonly string[]): string | undefined {
  const bytes = Buffer.from(form.exec(text)?.groups?.hex ?? '', 'hex')
  for (const secret of secrets) {
    const opened = open(bytes, createHash('sha256').update(secret).digest())
    if (opened !== undefined) return base32(opened)
  }
  return undefined
}

function open(bytes: Buffer, key: Buffer): Buffer | undefined {
  const nonce = bytes.subarray(0, nonceBytes)
  const inner = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)])
  try {
    const decipher = createDecipheriv('chacha20-poly1305', subkeyOf(key, nonce.subarray(0, 16)), inner, {
      authTagLength: tagBytes,
    }).setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}

const constants = Buffer.from('expand 32-byte k')

/**
 * HChaCha20 (draft-irtf-cfrg-xchacha, section 2.2): the state after the rounds. ChaCha20 adds the known initial state
 * to that, so it is subtracted from the first and last rows.
 */
function subkeyOf(key: Buffer, nonce: Buffer): Buffer {
  const block = createCipheriv('chacha20', key, nonce).update(Buffer.alloc(64))
  const before = Buffer.concat([constants, key, nonce])
  const subkey = Buffer.alloc(32)
  for (const [index, word] of [0, 1, 2, 3, 12, 13, 14, 15].entries()) {
    subkey.writeUInt32LE((block.readUInt32LE(word * 4) - before.readUInt32LE(word * 4)) >>> 0, index * 4)
  }
  return subkey
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648, without padding. */
function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}
