import { describe, expect, it } from 'vitest'
import type { KeyState, SigningKey } from '../store/keys/signing-keys.ts'
import { nextStep, type RotationRules, type Step } from './rotation.ts'

const now = new Date(1_800_000_000_000)
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const rules: RotationRules = { algorithm: 'ES256', keyRotationSeconds: 1000, jwksMaxAgeSeconds: 100, tokenSeconds: 50 }

/** A key by its state and the seconds, before now, in which it was made or activated. */
function key(state: KeyState, ago: number, change: Partial<SigningKey> = {}): SigningKey {
  return {
    kid: `${state} ${change.algorithm ?? ''}`.trim(),
    algorithm: 'ES256',
    state,
    sealed: 'x',
    sealedUnder: 'y',
    createdAt: at(-ago),
    signsFrom: at(-ago + 100),
    activatedAt: state === 'next' ? null : at(-ago),
    retiredAt: null,
    verifiesUntil: null,
    revokedAt: null,
    ...change,
  }
}

describe('nextStep', () => {
  const cases: [what: string, keys: SigningKey[], step: Step | undefined][] = [
    ['makes the first key, which signs at once', [], { do: 'make', state: 'active', signsFrom: now }],
    [
      'publishes the second with it, so that it can sign as soon',
      [key('active', 0)],
      { do: 'make', state: 'next', signsFrom: now },
    ],
    [
      'publishes a later one for as long as others keep copies',
      [key('gone', 5000), key('active', 0)],
      { do: 'make', state: 'next', signsFrom: at(100) },
    ],
    ['leaves everything as it is', [key('active', 999), key('next', 999)], undefined],
    [
      'retires a key whose time is over',
      [key('active', 1000), key('next', 1000)],
      { do: 'retire', kid: 'active', verifiesUntil: at(350) },
    ],
    ['waits until the next one is known', [key('active', 2000), key('next', 99)], undefined],
    ['has the next one sign', [key('retiring', 1000), key('next', 1000)], { do: 'promote', kid: 'next' }],
    ['has the next one sign, known or not, where none does', [key('next', 1)], { do: 'promote', kid: 'next' }],
    [
      'buries a key whose last token has ended',
      [key('retiring', 2000, { verifiesUntil: now }), key('active', 10), key('next', 10)],
      { do: 'bury', kid: 'retiring' },
    ],
    [
      'keeps one whose last token may live',
      [key('retiring', 2000, { verifiesUntil: at(1) }), key('active', 10), key('next', 10)],
      undefined,
    ],
    [
      'publishes the first of another algorithm before it signs',
      [key('active', 10, { algorithm: 'EdDSA' }), key('next', 10, { algorithm: 'EdDSA' })],
      { do: 'make', state: 'next', signsFrom: at(100) },
    ],
    ['waits with it', [key('active', 10, { algorithm: 'EdDSA' }), key('next', 99)], undefined],
    ['lets it sign', [key('active', 10, { algorithm: 'EdDSA' }), key('next', 100)], { do: 'promote', kid: 'next' }],
    [
      'retires the one of the other algorithm in its own time',
      [key('active', 1000, { algorithm: 'EdDSA' }), key('active', 10), key('next', 10)],
      { do: 'retire', kid: 'active EdDSA', verifiesUntil: at(350) },
    ],
    [
      'buries a next one of another algorithm that nobody waits for',
      [key('next', 1000, { algorithm: 'EdDSA' }), key('active', 10), key('next', 10)],
      { do: 'bury', kid: 'next EdDSA' },
    ],
  ]
  it.each(cases)('%s', (_what, keys, step) => {
    expect(nextStep(keys, rules, now)).toEqual(step)
  })
})
