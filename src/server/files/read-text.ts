import { closeSync, constants, openSync, readSync, statSync } from 'node:fs'

const mostBytes = 2 ** 20

/**
 * Reads a text file as editors and shells write it: UTF-8, or UTF-16 with a byte order mark, as Windows PowerShell
 * writes it. A named pipe must have a writer within five seconds.
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
  const isPipe = statSync(path, { throwIfNoEntry: false })?.isFIFO() ?? false
  // Opening a pipe would otherwise wait for its writer, and block this process.
  const file = openSync(path, isPipe ? constants.O_RDONLY | constants.O_NONBLOCK : 'r')
  try {
    const read = isPipe ? pipeReader(file, path) : (chunk: Buffer) => readSync(file, chunk)
    const chunks: Buffer[] = []
    for (let length = 0; length <= mostBytes; ) {
      const chunk = Buffer.alloc(65_536)
      const count = read(chunk)
      if (count === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, count))
      length += count
    }
  } finally {
    closeSync(file)
  }
  throw new Error(`${path} has more than ${mostBytes} bytes`)
}

const pauseMilliseconds = 10
const patienceMilliseconds = 5000

/** Waits for the writer of a pipe, such as a shell or `sops`, which may open it a moment later, and for what it writes. */
function pipeReader(file: number, path: string): (chunk: Buffer) => number {
  const end = performance.now() + patienceMilliseconds
  let hasWritten = false
  return function read(chunk) {
    for (;;) {
      const count = readWithoutWaiting(file, chunk)
      if (count === 0 && !hasWritten && performance.now() > end) throw new Error(`${path} is a pipe without a writer`)
      hasWritten ||= count !== 0 && count !== undefined
      if (count !== undefined && (count > 0 || hasWritten)) return count
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMilliseconds)
    }
  }
}

/** @returns How many bytes were read. 0: there is no writer. `undefined`: there is one that has written nothing. */
function readWithoutWaiting(file: number, chunk: Buffer): number | undefined {
  try {
    return readSync(file, chunk)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    return undefined
  }
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
