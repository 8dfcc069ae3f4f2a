import { Failure } from '../../../failure.ts'

/** Far longer than a record. A device, or a file of another kind, may have no line breaks and no end. */
export const mostBytesOfLine: number = 2 ** 20

const [lineFeed, carriageReturn] = [0x0a, 0x0d]

/** Files of other kinds, by their first bytes, and what to do about them. */
const otherKinds: readonly (readonly [start: string, kind: string])[] = [
  ['\x1f\x8b', 'compressed with gzip: decompress it first'],
  ['PK\x03\x04', 'a ZIP archive or a spreadsheet: export it as CSV'],
  ['\xff\xfe', 'UTF-16: convert it to UTF-8'],
  ['\xfe\xff', 'UTF-16: convert it to UTF-8'],
]

/**
 * Passes on what is read of an import file.
 * @param name The file, for messages.
 * @param onChunk Called with the number of bytes that were read.
 * @throws {Failure} If it is not text, or a line is too long.
 */
export async function* textLines(
  input: AsyncIterable<Buffer>,
  name: string,
  onChunk: (bytes: number) => void = () => {},
): AsyncIterable<Buffer> {
  let isFirst = true
  let sinceBreak = 0
  for await (const chunk of input) {
    if (isFirst) refuseOtherKinds(chunk, name)
    isFirst = false
    const last = Math.max(chunk.lastIndexOf(lineFeed), chunk.lastIndexOf(carriageReturn))
    sinceBreak = last === -1 ? sinceBreak + chunk.length : chunk.length - 1 - last
    if (sinceBreak > mostBytesOfLine) throw new Failure(`${name} has a line of more than ${mostBytesOfLine} bytes`)
    onChunk(chunk.length)
    yield chunk
  }
}

function refuseOtherKinds(chunk: Buffer, name: string): void {
  const [, kind] =
    otherKinds.find(([start]) => chunk.subarray(0, start.length).equals(Buffer.from(start, 'latin1'))) ?? []
  if (kind !== undefined) throw new Failure(`${name} is ${kind}`)
  if (chunk.includes(0)) throw new Failure(`${name} is not UTF-8 text`)
}
