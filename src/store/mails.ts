import type { ExpressionBuilder, Selectable } from 'kysely'
import type { Sql } from './engine/database.ts'
import { engineOf } from './engine/engine-of.ts'
import type { MailRow, Tables } from './tables.ts'

/** What became of a mail. */
export type MailState = 'waiting' | 'sent' | 'failed'

export const mailStates: readonly MailState[] = ['waiting', 'sent', 'failed']

/** A mail of the outbox. */
export interface StoredMail {
  /** UUIDv7. */
  readonly id: string
  /** `null` in a decoy, which is not sent. */
  readonly recipient: string | null
  readonly template: string
  readonly locale: string
  /** Its parameters, encrypted; `null` once it is sent or given up. */
  readonly sealed: string | null
  /** Which secret they are encrypted under. */
  readonly sealedUnder: string | null
  readonly attempts: number
  /** `null` when it is sent or given up. */
  readonly nextAt: Date | null
  /** A process is sending it until then. */
  readonly claimedUntil: Date | null
  readonly createdAt: Date
  readonly sentAt: Date | null
  /** Given up. */
  readonly failedAt: Date | null
  /** What the mail server said last. */
  readonly error: string | null
}

/** All by name, and not by `*`: a later version may add a column while this one has the statement prepared. */
const columns = [
  'id',
  'recipient',
  'template',
  'locale',
  'sealed',
  'sealed_under',
  'attempts',
  'next_at',
  'claimed_until',
  'created_at',
  'sent_at',
  'failed_at',
  'error',
] as const satisfies readonly (keyof MailRow)[]

const table = 'hallpass_mails'

/** Adds a mail that is due at once. */
export async function insertMail(
  trx: Sql,
  mail: Pick<StoredMail, 'id' | 'recipient' | 'template' | 'locale' | 'createdAt'> & {
    readonly sealed: string
    readonly sealedUnder: string
  },
): Promise<void> {
  const at = mail.createdAt.getTime()
  await trx
    .insertInto(table)
    .values({
      id: mail.id,
      recipient: mail.recipient,
      template: mail.template,
      locale: mail.locale,
      sealed: mail.sealed,
      sealed_under: mail.sealedUnder,
      attempts: 0,
      next_at: at,
      created_at: at,
    })
    .execute()
}

/** Whether a mail is due that no process is sending. Asked often, so it writes nothing and locks nothing. */
export async function hasDueMail(sql: Sql, now: Date): Promise<boolean> {
  const row = await sql.selectFrom(table).select('id').where(isFree(now)).limit(1).executeTakeFirst()
  return row !== undefined
}

/**
 * Takes due mails, for a time: until then no other process takes them, and afterwards any does, because the one that took
 * them may have been killed. The condition is checked again for each row as it is when it is changed, so that of several
 * processes one gets it.
 */
export async function claimMails(
  sql: Sql,
  { now, until, limit }: { readonly now: Date; readonly until: Date; readonly limit: number },
): Promise<StoredMail[]> {
  const isPostgres = engineOf(sql) === 'postgres'
  const rows = await sql
    .updateTable(table)
    .set((row) => ({ claimed_until: until.getTime(), attempts: row('attempts', '+', 1) }))
    .where('id', 'in', (query) =>
      query
        .selectFrom(table)
        .select('id')
        .where(isFree(now))
        .orderBy('next_at')
        .limit(limit)
        .$if(isPostgres, (due) => due.forUpdate().skipLocked()),
    )
    .where(isFree(now))
    .returning(columns)
    .execute()
  return rows.map(toMail)
}

function isFree(now: Date) {
  const at = now.getTime()
  return (row: ExpressionBuilder<Tables, typeof table>) =>
    row.and([row('next_at', '<=', at), row.or([row('claimed_until', 'is', null), row('claimed_until', '<=', at)])])
}

const erased = { sealed: null, sealed_under: null }
const done = { next_at: null, claimed_until: null }

/** It was sent: that is true whichever process has taken it meanwhile. */
export async function markMailSent(
  sql: Sql,
  id: string,
  { at, keepsParameters }: { readonly at: Date; readonly keepsParameters: boolean },
): Promise<void> {
  await sql
    .updateTable(table)
    .set({ ...done, ...(!keepsParameters && erased), sent_at: at.getTime(), failed_at: null, error: null })
    .where('id', '=', id)
    .where('sent_at', 'is', null)
    .execute()
}

/** The mails that a process took, while they are its own. */
type Claimed = Pick<StoredMail, 'id' | 'claimedUntil'>

/** It was not sent, and will be tried again. */
export async function deferMail(
  sql: Sql,
  claimed: Claimed,
  { nextAt, error }: { readonly nextAt: Date; readonly error: string },
): Promise<void> {
  await ofClaim(sql, claimed).set({ next_at: nextAt.getTime(), claimed_until: null, error }).execute()
}

/** It is not tried again. @returns `false` if it is no longer this process's. */
export async function giveUpMail(
  sql: Sql,
  claimed: Claimed,
  { at, error }: { readonly at: Date; readonly error: string },
): Promise<boolean> {
  const { numUpdatedRows } = await ofClaim(sql, claimed)
    .set({ ...done, ...erased, failed_at: at.getTime(), error })
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

function ofClaim(sql: Sql, { id, claimedUntil }: Claimed) {
  return sql
    .updateTable(table)
    .where('id', '=', id)
    .where('claimed_until', '=', claimedUntil?.getTime() ?? 0)
    .where('next_at', 'is not', null)
}

/** Makes a waiting mail due. @returns `false` if it is not waiting. */
export async function makeMailDue(sql: Sql, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await sql
    .updateTable(table)
    .set({ next_at: now.getTime() })
    .where('id', '=', id)
    .where('next_at', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** The newest first, without decoys. */
export async function listMails(
  sql: Sql,
  {
    state,
    after,
    limit,
  }: { readonly state?: MailState | undefined; readonly after?: string | undefined; readonly limit: number },
): Promise<StoredMail[]> {
  const rows = await sql
    .selectFrom(table)
    .select(columns)
    .where('recipient', 'is not', null)
    .$if(state === 'waiting', (query) => query.where('next_at', 'is not', null))
    .$if(state === 'sent', (query) => query.where('sent_at', 'is not', null))
    .$if(state === 'failed', (query) => query.where('failed_at', 'is not', null))
    .$if(after !== undefined, (query) => query.where('id', '<', after as string))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toMail)
}

export async function findMail(sql: Sql, id: string): Promise<StoredMail | undefined> {
  const row = await sql.selectFrom(table).select(columns).where('id', '=', id).executeTakeFirst()
  return row && toMail(row)
}

/** How many mails wait, and since when the oldest does. */
export async function countWaitingMails(
  sql: Sql,
): Promise<{ readonly waiting: number; readonly oldestAt: Date | null }> {
  const { waiting, oldest } = await sql
    .selectFrom(table)
    .select(({ fn }) => [fn.countAll().as('waiting'), fn.min('created_at').as('oldest')])
    .where('next_at', 'is not', null)
    .where('recipient', 'is not', null)
    .executeTakeFirstOrThrow()
  return { waiting: Number(waiting), oldestAt: date(oldest) }
}

/** Removes some of those that were sent or given up. @returns How many. */
export async function deleteDoneMails(sql: Sql, createdBefore: Date, limit: number): Promise<number> {
  const { numDeletedRows } = await sql
    .deleteFrom(table)
    .where('id', 'in', (query) =>
      query
        .selectFrom(table)
        .select('id')
        .where('next_at', 'is', null)
        .where('created_at', '<', createdBefore.getTime())
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}

export function stateOf({ sentAt, failedAt }: Pick<StoredMail, 'sentAt' | 'failedAt'>): MailState {
  if (sentAt !== null) return 'sent'
  return failedAt === null ? 'waiting' : 'failed'
}

function date(time: number | string | null): Date | null {
  return time === null ? null : new Date(Number(time))
}

function toMail(row: Selectable<MailRow>): StoredMail {
  return {
    id: row.id,
    recipient: row.recipient,
    template: row.template,
    locale: row.locale,
    sealed: row.sealed,
    sealedUnder: row.sealed_under,
    attempts: Number(row.attempts),
    nextAt: date(row.next_at),
    claimedUntil: date(row.claimed_until),
    createdAt: new Date(Number(row.created_at)),
    sentAt: date(row.sent_at),
    failedAt: date(row.failed_at),
    error: row.error,
  }
}
