import { describe, expect, it } from 'vitest'
import { makeServerSecret } from '../../../secrets/server-secret.ts'
import { deviceOf, makeDeviceToken } from './device-token.ts'

const current = 'a secret of more than thirty-two bytes, today'
const previous = 'a secret of more than thirty-two bytes, yesterday'
const secrets = makeServerSecret([current, previous])
const alice = { id: 'alice', passwordHash: 'hash of wonderland' }
const token = makeDeviceToken(secrets, alice)

describe('deviceOf', () => {
  it('names each device, and the same one each time', () => {
    expect(deviceOf(secrets, alice, token)).toMatch(/^[0-9a-f]{32}$/)
    expect(deviceOf(secrets, alice, token)).toBe(deviceOf(secrets, alice, token))
    expect(deviceOf(secrets, alice, makeDeviceToken(secrets, alice))).not.toBe(deviceOf(secrets, alice, token))
  })

  it('accepts a token made with the previous secret', () => {
    const old = makeDeviceToken(makeServerSecret([previous]), alice)
    expect(deviceOf(secrets, alice, old)).not.toBeNull()
    expect(deviceOf(makeServerSecret([current]), alice, old)).toBeNull()
  })

  it('distinguishes tokens of a login with a second factor', () => {
    const proven = makeDeviceToken(secrets, alice, { hasSecondFactor: true })
    expect(deviceOf(secrets, alice, proven)).not.toBeNull()
    expect(deviceOf(secrets, alice, proven, { withFactor: true })).toBe(deviceOf(secrets, alice, proven))
    expect(deviceOf(secrets, alice, token, { withFactor: true })).toBeNull()
    expect(deviceOf(secrets, { ...alice, id: 'bob' }, proven, { withFactor: true })).toBeNull()
    expect(deviceOf(secrets, undefined, proven, { withFactor: true })).toBeNull()
  })

  const strangers: [what: string, user: typeof alice | undefined, token: string | undefined][] = [
    ['no token', alice, undefined],
    ['an empty one', alice, ''],
    ['no user', undefined, token],
    ['another user', { ...alice, id: 'bob' }, token],
    ['another password', { ...alice, passwordHash: 'hash of another' }, token],
    ['a user and a hash that are divided elsewhere', { id: 'alic', passwordHash: 'ehash of wonderland' }, token],
    ['an altered name', alice, token.replace(/^hp_dv_./, (start) => `hp_dv_${start.endsWith('A') ? 'B' : 'A'}`)],
    ['an altered MAC', alice, token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')],
    ['a shorter one', alice, token.slice(0, -1)],
    ['a longer one', alice, `${token}A`],
    ['a refresh token', alice, token.replace('hp_dv_', 'hp_rt_')],
    ['one for no user', undefined, makeDeviceToken(secrets, { id: '', passwordHash: '' })],
  ]
  it.each(strangers)('recognises no device with %s', (_what, user, given) => {
    expect(deviceOf(secrets, user, given)).toBeNull()
  })
})
