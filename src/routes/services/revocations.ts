import { z } from 'zod'
import { type RevocationKind, revocationKinds } from '../../revocations/revocation.ts'
import { readRevocations } from '../../store/revocations/revocation-journal.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** No longer than this is a request held; the bound of those who follow is longer. */
const maxWaitSeconds = 5

export interface RevocationsQuery {
  readonly after?: string | undefined
  readonly kinds?: string | undefined
  readonly wait?: number | undefined
}

const RevocationsQuery: Schema<RevocationsQuery> = z.object({
  after: z.string().optional().meta({ description: 'The cursor of the previous answer; all revocations by default' }),
  kinds: z.string().optional().meta({
    description: 'The kinds that the client supports, separated by commas; all but `disabled` by default',
  }),
  wait: z
    .string()
    .transform((text) => Math.min(Math.max(Number(text) || 0, 0), maxWaitSeconds))
    .pipe(z.number().min(0))
    .optional()
    .meta({ description: `Seconds to wait for a revocation, at most ${maxWaitSeconds}; 0 by default` }),
})

export interface RevocationsBody {
  readonly revocations: readonly {
    readonly kind: RevocationKind
    readonly id: string
    readonly valid_from: number | null
    readonly expires_at: number
  }[]
  readonly now: number
  readonly token_lives: readonly { readonly seconds: number; readonly since: number }[]
  readonly cursor: string
  readonly complete: boolean
}

const RevocationsBody: Schema<RevocationsBody> = z.object({
  revocations: z
    .array(
      z.object({
        kind: z.enum(revocationKinds),
        id: z.string().meta({ description: 'A jti, sid, sub or kid; for `disabled`, the sub of the user' }),
        valid_from: z.number().nullable().meta({
          description:
            'The first valid gen of a session, or the first valid millisecond of a user; null if none is valid. For `disabled`: odd while disabled, even once enabled',
        }),
        expires_at: z
          .int()
          .meta({ description: 'Milliseconds, on the clock of `now`. The entry can be discarded then' }),
      }),
    )
    .meta({ description: 'Since the cursor, at most 2,000' }),
  now: z.int().meta({ description: 'Milliseconds, on the clock of the server’s database' }),
  token_lives: z
    .array(
      z.object({
        seconds: z.int(),
        since: z.int().meta({ description: 'Unix seconds. The feed does not cover earlier tokens without a session' }),
      }),
    )
    .meta({
      description: 'The lifetimes of access tokens that the feed covers; ask `/revocations/check` about others',
    }),
  cursor: z.string().meta({ description: 'The `after` of the next request' }),
  complete: z.boolean().meta({ description: 'Whether these are all revocations until now' }),
})

/** What a client knows that does not say it: it would refuse everything for a kind that it does not know. */
const firstKinds: readonly string[] = ['token', 'session', 'user', 'key']

export const revocations: Endpoint = defineEndpoint(
  {
    id: 'revocations',
    method: 'get',
    path: '/revocations',
    summary: 'Returns the revocations since a cursor, for registered clients; can wait for the next',
    waits: true,
    client: 'required',
    query: RevocationsQuery,
    answers: { 200: { description: 'The revocations, perhaps none', schema: RevocationsBody } },
    refusals: ['invalid_client'],
  },
  async ({ query: { after = '', kinds, wait = 0 } }, { database, revocations: known }) => {
    const heard = known.next(wait)
    let page = await readRevocations(database, after.slice(0, 8000))
    if (page.revocations.length === 0 && page.isComplete && wait > 0) {
      await heard
      page = await readRevocations(database, page.cursor)
    }
    const knownKinds = kinds?.split(',') ?? firstKinds
    return {
      status: 200,
      body: {
        revocations: page.revocations
          .filter(({ kind }) => knownKinds.includes(kind))
          .map(({ kind, id, validFrom, expiresAt }) => {
            return { kind, id, valid_from: validFrom, expires_at: expiresAt.getTime() }
          }),
        now: page.now.getTime(),
        token_lives: page.lives,
        cursor: page.cursor,
        complete: page.isComplete,
      },
    }
  },
)
