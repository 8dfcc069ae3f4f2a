import { describe, expect, it } from 'vitest'
import { makeServerSecret } from './server-secret.ts'

const current = 'a secret of more than thirty-two bytes, today'
const previous = 'a secret of more than thirty-two bytes, yesterday'

describe('a server secret', () => {
  it('gives the same key for the same purpose in every process', () => {
    expect(makeServerSecret([current]).derive('devices')).toEqual(makeServerSecret([current]).derive('devices'))
  })

  it('gives another key for another purpose and another secret', () => {
    const keys = [
      ...makeServerSecret([current, previous]).derive('devices'),
      ...makeServerSecret([current, previous]).derive('decoys'),
    ].map((key) => key.toString('hex'))
    expect(new Set(keys).size).toBe(4)
    expect(keys.every((key) => key.length === 64)).toBe(true)
  })

  it('puts the current key first, and the previous ones after it', () => {
    const [before] = makeServerSecret([previous]).derive('devices')
    const [now, old] = makeServerSecret([current, previous]).derive('devices')
    expect(old).toEqual(before)
    expect(now).not.toEqual(before)
  })
})
