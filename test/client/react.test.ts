import { createClient } from 'hallpass/client'
import { AuthProvider, useAuth, useSignedIn, useUser } from 'hallpass/react'
import { createElement, type ReactElement } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'

// What runs in a browser is in test/browser/client.test.ts.

const user = { id: '1', username: 'alice', email: null, created_at: '', email_verified: false, roles: [] }

function Name(): ReactElement {
  const [found, isSignedIn, { mode }] = [useUser(), useSignedIn(), { mode: typeof useAuth().login }]
  return createElement('p', {}, `${found === undefined ? '…' : (found?.username ?? 'no one')} ${isSignedIn} ${mode}`)
}

describe('a page that is rendered on a server', () => {
  const requests: string[] = []
  const fetch = async (input: string | URL | Request) => {
    requests.push(String(input))
    return Response.json({})
  }
  const client = createClient({ baseUrl: '/auth', mode: 'cookies', fetch })
  const render = (initial?: typeof user | null) =>
    renderToString(createElement(AuthProvider, { client, initial }, createElement(Name)))

  const rows: [what: string, initial: typeof user | null | undefined, html: string][] = [
    ['its user', user, '<p>alice true function</p>'],
    ['no one', null, '<p>no one false function</p>'],
    ['what is not known', undefined, '<p>… undefined function</p>'],
  ]
  it.each(rows)('shows %s, and asks for nothing', (_what, initial, html) => {
    expect(render(initial)).toBe(html)
    expect(requests).toEqual([])
  })

  it('leaves nothing of one request in a client for the next one', () => {
    render(user)
    expect(client.getSnapshot()).toEqual({ status: 'unknown' })
    expect(render()).toBe('<p>… undefined function</p>')
  })

  it('says what is missing around a component', () => {
    expect(() => renderToString(createElement(Name))).toThrow('AuthProvider')
  })
})
