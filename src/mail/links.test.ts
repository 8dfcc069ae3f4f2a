import { describe, expect, it } from 'vitest'
import { makeLinks } from './links.ts'

describe('makeLinks', () => {
  it.each([
    ['https://id.example/auth/pages', undefined, 'https://id.example/auth/pages/reset-password'],
    ['https://id.example/auth/pages/', 'hp_x-y', 'https://id.example/auth/pages/reset-password#token=hp_x-y'],
    ['http://[::1]:3000/a/b', 'x&y#z', 'http://[::1]:3000/a/b/reset-password#token=x%26y%23z'],
  ])('on %s with the token %s', (base, token, link) => {
    expect(makeLinks(base).to('reset-password', token)).toBe(link)
  })

  it('names the host, with its port', () => {
    expect(makeLinks('http://localhost:3000/auth/pages').site).toBe('localhost:3000')
  })
})
