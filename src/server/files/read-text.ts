import { readFileSync } from 'node:fs'

/**
 * Reads a text as editors and shells write it: UTF-8, or UTF-16 with its byte order mark, which is Windows PowerShell's.
 * @throws {Error} Where it cannot be read, or is neither: half of it would be lost in silence.
 */
export function readText(path: string): string {
  const bytes = readFileSync(path)
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
  throw new Error(`${path} is not UTF-8 text`)
}

function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}
