import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Oracle, startOracle } from './oracle.ts'
import type { RequestStep } from './recipe.ts'
import { rows } from './rows.ts'
import { debian, hallpass, holdRow, type Target } from './tester.ts'

let oracle: Oracle
let deb: Target

// Long enough for an installation of the packages.
beforeAll(async () => {
  oracle = await startOracle()
  deb = debian(oracle)
})

afterAll(() => oracle?.stop())

describe('the rows', () => {
  it('are numbered from 1 to 150', () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 150 }, (_, index) => index + 1))
  })

  it.each(rows)('say so where an answer differs: $number', ({ runs, deb, deviates }) => {
    const steps = runs.flatMap(({ steps }) => steps.filter((step): step is RequestStep => 'request' in step))
    expect(runs.some(({ debConfig }) => debConfig) || steps.some((step) => step.deb)).toBe(deb !== undefined)
    expect(steps.some((step) => step.hallpass)).toBe(deviates !== undefined)
  })
})

describe('hallpass with the flask preset holds', () => {
  it.each(rows)('$number: $text', (row) => holdRow(row, hallpass, deb))
})

describe('Flask-JWT-Extended itself holds', () => {
  it.each(rows)('$number: $text', (row) => holdRow(row, deb, hallpass))
})
