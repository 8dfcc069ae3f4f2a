import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { defineEndpoint, type GuardedCaller, type Schema } from './endpoint.ts'

// The compiler checks these, in `npm run types`; running them only shows that they run.

const Body: Schema<{ readonly name: string }> = z.object({ name: z.string() })
const contract = { id: 'x', method: 'post', path: '/x', summary: '', refusals: [] } as const
const answers = { 201: { description: '', schema: Body }, 204: { description: '' } } as const

it('passes a handler what its endpoint declares, and nothing else', () => {
  defineEndpoint({ ...contract, answers, body: { schema: Body, required: true }, guard: {} }, async (given) => {
    expectTypeOf(given.body).toEqualTypeOf<{ readonly name: string }>()
    expectTypeOf(given.caller).toEqualTypeOf<GuardedCaller>()
    expectTypeOf(given.query).toEqualTypeOf<undefined>()
    expectTypeOf(given.client).toEqualTypeOf<undefined>()
    return { status: 204 }
  })
  defineEndpoint({ ...contract, answers }, async (given) => {
    expectTypeOf(given.caller).toEqualTypeOf<undefined>()
    return { status: 201, body: { name: 'a' } }
  })
})

it('accepts no answer that is not declared', () => {
  // @ts-expect-error no such status
  defineEndpoint({ ...contract, answers }, async () => ({ status: 200 }))
  // @ts-expect-error no body
  defineEndpoint({ ...contract, answers }, async () => ({ status: 201 }))
  // @ts-expect-error another body
  defineEndpoint({ ...contract, answers }, async () => ({ status: 201, body: { name: 1 } }))
  // @ts-expect-error a body where there is none
  defineEndpoint({ ...contract, answers }, async () => ({ status: 204, body: { name: 'a' } }))
})

it('accepts no schema that omits a member of its type', () => {
  // @ts-expect-error no `note`
  const incomplete: Schema<{ readonly name: string; readonly note?: string | undefined }> = Body
  // @ts-expect-error not a number
  const other: Schema<{ readonly name: number }> = Body
  expectTypeOf(incomplete).toEqualTypeOf(incomplete)
  expectTypeOf(other).toEqualTypeOf(other)
})
