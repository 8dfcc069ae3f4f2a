import { describe, expect, it } from 'vitest'
import { columnsOf } from './output.ts'

describe('columnsOf', () => {
  /** Names with their width in terminal columns. */
  const names: [what: string, name: string, width: number][] = [
    ['ASCII', 'alice', 5],
    ['Japanese', '山田太郎', 8],
    ['Korean', '김철수', 6],
    ['half-width kana', 'ﾔﾏﾀﾞ', 4],
    ['a combining accent', 'Zoe\u0308', 3],
    ['an emoji of several parts', '👩‍👩‍👧', 2],
    ['nothing', '', 0],
  ]
  it.each(names)('aligns %s', async (_what, username, width) => {
    const [, first, second] = await columnsOf([
      { username, roles: ['admin'] },
      { username: 'a'.repeat(10), roles: [] },
    ])
    expect(first).toBe(`${username}${' '.repeat(10 - width)}  admin`)
    expect(second).toBe(`${'a'.repeat(10)}  -`)
  })

  it('is as wide as the widest name', async () => {
    expect(
      await columnsOf([
        { username: '山田太郎', id: 1 },
        { username: 'bob', id: 2 },
      ]),
    ).toEqual(['username  id', '山田太郎  1', 'bob       2'])
  })
})
