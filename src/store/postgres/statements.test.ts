import { describe, expect, it } from 'vitest'

// Modules of their own: the names are kept for the whole process, in which other tests run too.
const load = (query: string): Promise<typeof import('./statements.ts')> =>
  import(/* @vite-ignore */ `./statements.ts?${query}`)
const { expendableText, statementOf } = await load('of-this-test')

const nameOf = (text: string, values: readonly unknown[] = [1]) => statementOf(text, values, false).name

describe('a statement', () => {
  it('has the same name each time, and no other has it', () => {
    const name = nameOf('select a from t where b = $1')
    expect(name).toMatch(/^hallpass_[0-9a-f]{16}$/)
    expect(nameOf('select a from t where b = $1', [2])).toBe(name)
    expect(nameOf('select a from t where c = $1')).not.toBe(name)
  })

  it.each([
    ['without values', 'select 1', [], false],
    ['of which the next may reach another server connection', 'select a from t where d = $1', [1], true],
    ['that answers all columns', 'select * from t where b = $1', [1], false],
    ['that answers all columns of what it changed', 'update t set a = $1 RETURNING *', [1], false],
  ] as const)('%s is not prepared', (_what, text, values, isShared) => {
    expect(statementOf(text, values, isShared)).toEqual({ text, values })
  })

  it('is prepared only if it is one of the first 200', async () => {
    const { statementOf } = await load('without-names')
    const lists = Array.from({ length: 300 }, (_, index) => `select a from t where b in (${'$1, '.repeat(index)}$1)`)
    const findNamed = () => lists.filter((text) => statementOf(text, [1], false).name !== undefined)
    expect(findNamed()).toEqual(lists.slice(0, 200))
    expect(findNamed()).toEqual(lists.slice(0, 200))
  })
})

describe('an expendable statement', () => {
  it.each([
    [
      'insert into t values ($1) RETURNING a, b',
      `insert into t values ($1) RETURNING a, b, set_config('synchronous_commit', 'off', true)`,
    ],
    ['insert into t values ($1)', 'insert into t values ($1)'],
    ['select returning from t where a = $1', 'select returning from t where a = $1'],
  ])('%s', (text, changed) => {
    expect([expendableText(text), expendableText(text)]).toEqual([changed, changed])
  })
})
