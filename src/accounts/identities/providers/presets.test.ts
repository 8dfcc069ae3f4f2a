import { describe, expect, it } from 'vitest'
import type { ProviderClaims } from './claims.ts'
import { type PresetName, presets } from './presets.ts'

const email = 'anna@mail.example'
const github = (verified: unknown, primary = true) => ({
  id: 1,
  email,
  emails: [
    { email: 'second@mail.example', primary: !primary, verified: true },
    { email, primary, verified },
  ],
})

/** By the name of a preset: claims of an account, its subject, and the address that counts as verified. */
const fixtures: [
  PresetName,
  what: string,
  ProviderClaims,
  subject: string | undefined,
  verified: string | undefined,
][] = [
  ...(['google', 'gitlab', 'apple', 'linkedin', 'twitch', 'slack', 'openid', 'oauth'] as const).flatMap((name) => {
    const rows: (typeof fixtures)[number][] = [
      [name, 'verified', { sub: 's', email, email_verified: true }, 's', email],
      [name, 'absent', { sub: 's', email }, 's', undefined],
      [name, 'false', { sub: 's', email, email_verified: false }, 's', undefined],
      [name, 'a text', { sub: 's', email, email_verified: 'true' }, 's', undefined],
      [name, 'a number', { sub: 's', email, email_verified: 1 }, 's', undefined],
      [name, 'no address', { sub: 's', email_verified: true }, 's', undefined],
      [name, 'no subject', { email, email_verified: true }, undefined, email],
    ]
    return rows
  }),
  ['microsoft', 'an address and a UPN', { sub: 's', email, upn: email, preferred_username: email }, 's', undefined],
  ['microsoft', 'the claim of others', { sub: 's', email, email_verified: true }, 's', undefined],
  ['microsoft', 'a domain of the directory', { sub: 's', email, xms_edov: true }, 's', email],
  ['microsoft', 'false', { sub: 's', email, xms_edov: false }, 's', undefined],
  ['microsoft', 'a text', { sub: 's', email, xms_edov: 'true' }, 's', undefined],
  ['microsoft', 'a UPN in a domain of the directory', { sub: 's', upn: email, xms_edov: true }, 's', undefined],
  ['github', 'verified', github(true), '1', email],
  ['github', 'false', github(false), '1', undefined],
  ['github', 'a text', github('true'), '1', undefined],
  ['github', 'absent', github(undefined), '1', undefined],
  ['github', 'no list', { id: 1, email }, '1', undefined],
  ['github', 'a list of another shape', { id: 1, email, emails: [null, 'x', email] }, '1', undefined],
  ['github', 'a name and no id', { login: 'anna' }, undefined, undefined],
  ['discord', 'verified', { id: '80351110224678912', email, verified: true }, '80351110224678912', email],
  ['discord', 'absent', { id: '1', email }, '1', undefined],
  ['discord', 'false', { id: '1', email, verified: false }, '1', undefined],
  ['discord', 'a text', { id: '1', email, verified: 'true' }, '1', undefined],
  ['discord', 'the claim of others', { id: '1', email, email_verified: true }, '1', undefined],
  ['facebook', 'an address', { id: '1', email, email_verified: true, verified: true }, '1', undefined],
  ['x', 'confirmed', { data: { id: '1', username: 'anna', confirmed_email: email } }, '1', email],
  ['x', 'absent', { data: { id: '1', email } }, '1', undefined],
  ['x', 'false', { data: { id: '1', email, confirmed_email: false } }, '1', undefined],
  ['x', 'nothing inside', { id: '1', email, confirmed_email: email }, undefined, undefined],
  ['oauth', 'a number', { id: 4711, email }, '4711', undefined],
]

describe('a preset', () => {
  it.each(fixtures)('%s reads the subject and the verified address: %s', (name, _what, claims, subject, verified) => {
    const { subject: subjectOf, verifiedAddress } = presets[name]
    expect([subjectOf(claims), verifiedAddress(claims)]).toEqual([subject, verified])
  })

  it('never takes a secondary address of GitHub, verified or not', () => {
    expect(presets.github.verifiedAddress(github(false))).toBeUndefined()
    expect(presets.github.verifiedAddress(github(true, false))).toBe('second@mail.example')
    expect(presets.github.verifiedAddress({ emails: [{ email, primary: false, verified: true }] })).toBeUndefined()
  })

  it('shows the primary address of GitHub, verified or not', () => {
    expect([true, false].map((verified) => presets.github.address(github(verified)))).toEqual([email, email])
    expect(presets.github.address(github(false, false))).toBe('second@mail.example')
    expect(presets.github.address({ id: 1, email })).toBe(email)
  })

  it('has a row in these fixtures', () => {
    expect([...new Set(fixtures.map(([name]) => name))].sort()).toEqual(Object.keys(presets).sort())
  })

  it('is talked to by https alone', () => {
    const addresses = Object.values(presets).flatMap(({ issuer, endpoints = {} }) => [
      issuer,
      ...Object.values(endpoints),
    ])
    expect(addresses.filter((address) => address !== undefined && !address.startsWith('https://'))).toEqual([])
  })
})
