import { closeSync, openSync, readSync } from 'node:fs'

const mostBytes = 2 ** 20

/**
 * Reads a text file as editors and shells write it: UTF-8, or UTF-16 with a byte order mark, as Windows PowerShell
 * writes it.
 * @throws {Error} If it cannot be read, is longer than such files are, or has another encoding, in which case part of it
 * would be lost silently.
 */
export function readText(path: string): string {
  const bytes = readBytes(path)
  const text = decodeText(bytes, encodingOf(bytes))
  if (text === undefined) throw new Error(`${path} is not UTF-8 text`)
  return text
}

/** Decodes text, without its byte order mark. @returns `undefined` if it has another encoding, or is binary. */
export function decodeText(bytes: Uint8Array, encoding = 'utf-8'): string | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** A device has no size and may have no end, so reading stops at the limit. */
function readBytes(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const chunks: Buffer[] = []
    for (let length = 0; length <= mostBytes; ) {
      const chunk = Buffer.alloc(65_536)
      const count = readSync(file, chunk)
      if (count === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, count))
      length += count
    }
  } finally {
    closeSync(file)
  }
  throw new Error(`${path} has more than ${mostBytes} bytes`)
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
