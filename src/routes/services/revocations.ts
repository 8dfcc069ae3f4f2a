import { z } from 'zod'
import { type RevocationKind, revocationKinds } from '../../revocations/revocation.ts'
import { readRevocations } from '../../store/revocation-journal.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

/** No longer than this is a request held; the bound of those who follow is longer. */
const maxWaitSeconds = 5

export interface RevocationsQuery {
  readonly after?: string | undefined
  readonly kinds?: string | undefined
  readonly wait?: number | undefined
}

const RevocationsQuery: Schema<RevocationsQuery> = z.object({
  after: z.string().optional().meta({ description: 'The cursor of the answer before; all without it' }),
  kinds: z.string().optional().meta({
    description: 'Kinds that the client knows, with commas; all but `disabled` without it',
  }),
  wait: z
    .string()
    .transform((text) => Math.min(Math.max(Number(text) || 0, 0), maxWaitSeconds))
    .pipe(z.number().min(0))
    .optional()
    .meta({ description: `Seconds to wait for news, ${maxWaitSeconds} at most; 0 without it` }),
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
        id: z.string().meta({ description: 'jti, sid, sub, kid, or sub of a user who is disabled' }),
        valid_from: z.number().nullable().meta({
          description:
            'The first that are valid: gen of a session, milliseconds of a user; null: none. Of disabled: odd, and even when enabled again',
        }),
        expires_at: z.int().meta({ description: 'Milliseconds, by `now`; it can be forgotten then' }),
      }),
    )
    .meta({ description: 'Since the cursor, at most 2,000' }),
  now: z.int().meta({ description: 'Milliseconds: the clock of the server’s database' }),
  token_lives: z
    .array(
      z.object({
        seconds: z.int(),
        since: z.int().meta({ description: 'Unix seconds. Earlier tokens without a session are not answered for' }),
      }),
    )
    .meta({ description: 'The lives of access tokens that these answer for; others are for `/revocations/check`' }),
  cursor: z.string().meta({ description: 'For the next request, as `after`' }),
  complete: z.boolean().meta({ description: 'Whether these were all there are until now' }),
})

/** What a client knows that does not say it: it would refuse everything for a kind that it does not know. */
const firstKinds: readonly string[] = ['token', 'session', 'user', 'key']

export const revocations: Endpoint = defineEndpoint(
  {
    id: 'revocations',
    method: 'get',
    path: '/revocations',
    summary:
      'The revocations, for registered clients that check tokens themselves; waits for the next where there is none',
    client: 'required',
    query: RevocationsQuery,
    answers: { 200: { description: 'News, or none', schema: RevocationsBody } },
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
