import { describe, expect, it } from 'vitest'
import { JwtManager } from '../src/guard/jwt-manager.ts'
import { endpoints } from '../src/routes/index.ts'
import { openApiDocument } from '../src/routes/reference/openapi.ts'

// What clients rely on, as it was last agreed: a changed word, status, member or refusal fails the row of its endpoint.
// Change it on purpose with `npx vitest run test/openapi.test.ts -u`, and say so in the changelog.

interface Operation {
  readonly responses?: Readonly<Record<string, unknown>>
}

const { settings } = new JwtManager({ secret: 'a secret of more than thirty-two bytes' })
const document = openApiDocument(endpoints, '/auth', settings) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: Readonly<Record<'schemas' | 'securitySchemes', object>>
}

/** One line for each member: a difference shows which. */
function lines(members: object): string {
  return Object.entries(members)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join('\n')
}

describe('/openapi.json', () => {
  it.each(endpoints)('describes $id as agreed', ({ method, path, answers, refusals }) => {
    const address = `/auth${path.replace(/:(\w+)/g, '{$1}')}`
    const { responses = {}, ...operation } = document.paths[address]?.[method] ?? {}
    // The refusals that follow from a guard, a body or a query are rows of test/auth/declared.test.ts.
    const answered = Object.keys(answers).map((status) => [status, responses[status]])
    expect(lines({ method, path, ...operation, ...Object.fromEntries(answered), refusals })).toMatchSnapshot()
  })

  const named = Object.entries(document.components).flatMap(([kind, all]) =>
    Object.entries(all).map(([name, one]) => [`${kind}.${name}`, one] as const),
  )
  it.each(named)('describes %s as agreed', (_name, one) => {
    expect(lines(one)).toMatchSnapshot()
  })
})
