import { expect, it } from 'vitest'
import { withTextScope } from './text-scope.ts'

const rows: [what: string, answered: string, read: string][] = [
  [
    'a list',
    '{"access_token":"a","scope":["openid","user:read:email"]}',
    '{"access_token":"a","scope":"openid user:read:email"}',
  ],
  ['a text', '{"scope":"openid"}', '{"scope":"openid"}'],
  ['none', '{"access_token":"a"}', '{"access_token":"a"}'],
  ['a page', '<p>down</p>', '<p>down</p>'],
  ['null', 'null', 'null'],
  ['nothing', '', ''],
]
it.each(rows)('reads the scope of an answer with %s', async (_what, answered, read) => {
  const fetch = withTextScope(async () => new Response(answered, { status: 200, headers: { 'x-of': 'provider' } }))
  const response = await fetch('https://id.twitch.tv/oauth2/token', { method: 'POST' })
  expect([response.status, response.headers.get('x-of'), await response.text()]).toEqual([200, 'provider', read])
})
