import { describe, expect, it } from 'vitest'
import { greetingOf } from './greeting.ts'

describe('the greeting of serve', () => {
  const open = { pages: '/', registration: 'open' } as const
  const sites: [url: string, site: string][] = [
    ['http://127.0.0.1:3000', 'http://localhost:3000/'],
    ['http://0.0.0.0:3000', 'http://localhost:3000/'],
    ['http://[::]:3000', 'http://localhost:3000/'],
    ['http://[::1]:3000', 'http://localhost:3000/'],
    ['http://192.0.2.7:3000', 'http://192.0.2.7:3000/'],
    ['http://[2001:db8::1]:3000', 'http://[2001:db8::1]:3000/'],
  ]
  it.each(sites)('of %s opens %s, where cookies and passkeys work', (url, site) => {
    const greeting = greetingOf(url, open)
    expect(greeting).toContain(`hallpass runs on ${url}. Open ${site} to create an account and sign in.`)
    expect(greeting).toContain(`curl ${url}/auth/register`)
  })

  it('suggests no registration where it is closed', () => {
    const greeting = greetingOf('http://127.0.0.1:3000', { ...open, registration: 'closed' })
    expect(greeting).toContain('Open http://localhost:3000/ to sign in.')
    expect(greeting).not.toContain('/auth/register')
    expect(greeting).toContain('npx hallpass users add alice')
  })

  it('opens no page without pages', () => {
    expect(greetingOf('http://127.0.0.1:3000', { ...open, pages: 'off' })).not.toContain('Open ')
  })
})
