import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  cutOfUser,
  endOfSession,
  endOfToken,
  type JournalEntry,
  type Revocation,
} from '../../src/revocations/revocation.ts'
import { insertAuditEvents } from '../../src/store/audit.ts'
import type { Database, Sql } from '../../src/store/engine/database.ts'
import { isPassingFault } from '../../src/store/engine/faults.ts'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { migrate, migrationStatus } from '../../src/store/migrations/migrate.ts'
import { readRevocations } from '../../src/store/revocations/revocation-journal.ts'
import { deleteEndedRevocations, insertRevocations } from '../../src/store/revocations/revocations.ts'
import { registerTokenLife } from '../../src/store/revocations/token-lives.ts'
import * as logins from '../../src/store/sessions/logins.ts'
import * as sessions from '../../src/store/sessions/sessions.ts'
import * as subjects from '../../src/store/sessions/token-subjects.ts'
import { changeStanding } from '../../src/store/users/user-standing.ts'
import * as users from '../../src/store/users/users.ts'
import { listAuditEvents } from '../audit-events.ts'
import { emptyDatabases, type TestDatabase } from '../databases.ts'

const now = new Date(1_800_000_000_123)
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000)

describe.each(emptyDatabases)('the store on $name', ({ name, open }) => {
  let test: TestDatabase
  let database: Database
  let count = 0

  beforeAll(async () => {
    test = await open()
    database = await openDatabase(test.url)
    await migrate(database)
  })
  afterAll(async () => {
    await database.close()
    await test.drop()
  })

  function newUser(change: Partial<users.NewUser> = {}): users.NewUser {
    const username = `user ${count++}`
    return {
      id: crypto.randomUUID(),
      username: { shown: username, normal: username },
      email: null,
      passwordHash: 'a hash',
      roles: [],
      disabled: false,
      now,
      ...change,
    }
  }
  async function addUser(change: Partial<users.NewUser> = {}): Promise<users.User> {
    const user = await users.insertUser(database.sql, newUser(change))
    if (typeof user === 'string') throw new Error(user)
    return user
  }
  async function addSession(userId: string, change: Partial<sessions.NewSession> = {}) {
    const id = crypto.randomUUID()
    const session = {
      id,
      userId,
      familyHash: `family ${id}`,
      refreshHash: `first ${id}`,
      now,
      idleExpiresAt: later(100),
      expiresAt: later(1000),
      userAgent: null,
      address: '2001:db8::1',
      amr: ['pwd'],
      ...change,
    }
    await sessions.insertSession(database.sql, session, 100)
    return id
  }
  const rotation = (id: string, change: Partial<subjects.Rotation> = {}): subjects.Rotation => ({
    familyHash: `family ${id}`,
    presentedHash: `first ${id}`,
    nextHash: `second ${id}`,
    spendsSince: later(-60),
    now: later(1),
    idleExpiresAt: later(101),
    userAgent: 'a browser',
    address: '192.0.2.1',
    ...change,
  })

  describe('users', () => {
    const kept: [what: string, change: Partial<users.NewUser>][] = [
      ['no e-mail address', { email: null }],
      ['an e-mail address', { email: { shown: 'A@b.example', normal: 'a@b.example' } }],
      ['roles with quotes', { roles: ['admin', "o'brien", '"', '\\', 'ü 🦊'] }],
      ['a name in another script', { username: { shown: 'Мария 🦊', normal: 'мария 🦊' } }],
      ['a time of 2038', { now: new Date('2038-01-19T03:14:08.001Z') }],
      ['a time of 2106', { now: new Date('2106-02-07T06:28:16.999Z') }],
      ['a time of 9999', { now: new Date('9999-12-31T23:59:59.999Z') }],
    ]
    it.each(kept)('keep %s', async (_what, change) => {
      const wanted = newUser(change)
      const added = await users.insertUser(database.sql, wanted)
      expect(added).toEqual({
        id: wanted.id,
        username: wanted.username.shown,
        email: wanted.email?.shown ?? null,
        emailVerifiedAt: null,
        secondFactors: 0,
        roles: wanted.roles,
        disabledAt: null,
        tokensValidAfter: new Date(0),
        lastLoginAt: null,
        createdAt: wanted.now,
        updatedAt: wanted.now,
      })
      expect(await users.findUser(database.sql, wanted.id)).toEqual({ ...(added as object), passwordHash: 'a hash' })
      expect(await users.findUserByUsername(database.sql, wanted.username.normal)).toMatchObject({ id: wanted.id })
    })

    it('have unique names, even if 200 users request one at once', async () => {
      const username = { shown: 'One', normal: 'one' }
      const wanted = Array.from({ length: 200 }, () => users.insertUser(database.sql, newUser({ username })))
      const outcomes = await Promise.all(wanted)
      expect(outcomes.filter((outcome) => outcome !== 'username_taken')).toHaveLength(1)
      const email = { shown: 'one@b.example', normal: 'one@b.example' }
      await addUser({ email })
      // An unverified address reserves nothing: another user can still prove it.
      await addUser({ email, emailVerifiedAt: now })
      expect(await users.insertUser(database.sql, newUser({ email }))).toBe('email_taken')
    })

    it('are locked for a login only with the hash that was checked, and while they are not disabled', async () => {
      const { id } = await addUser()
      const user = (await users.findUser(database.sql, id)) as users.UserWithHash
      const checked = (passwordHash: string, newHash: string) => ({ user: { ...user, passwordHash }, newHash })
      const lock = async (change: Partial<logins.NewLogin> = {}, at?: Date) => {
        const locked = await logins.lockForLogin(database.sql, { id, ...change }, at)
        return locked && [locked.user.passwordHash, locked.user.lastLoginAt]
      }
      expect(await lock({ checked: checked('another', 'x') }, later(1))).toBeUndefined()
      expect(await lock({ checked: checked('a hash', 'a newer hash') })).toEqual(['a newer hash', null])
      expect(await lock({ checked: checked('a hash', 'a newer hash') })).toBeUndefined()
      expect(await lock({ checked: checked('a newer hash', 'a newer hash') }, later(1))).toEqual([
        'a newer hash',
        later(1),
      ])
      expect(await lock()).toEqual(['a newer hash', later(1)])
      await changeStanding(database.sql, id, { isDisabled: true, now: later(2), time: later(2) })
      expect(await lock({ checked: checked('a newer hash', 'x') }, later(3))).toBeUndefined()
      expect(await lock({}, later(3))).toBeUndefined()
      await logins.noteLogin(database.sql, id, later(4))
      const changed = { id, checkedHash: 'a newer hash', newHash: 'x', now }
      expect(await users.changePasswordHash(database.sql, changed)).toBe(false)
      expect(await users.findUser(database.sql, id)).toMatchObject({
        lastLoginAt: later(4),
        disabledAt: later(2),
        passwordHash: 'a newer hash',
      })
    })

    it('keep the latest of concurrent logins, unless the clock was ahead', async () => {
      const { id } = await addUser()
      const record = async (at: Date) => {
        await logins.noteLogin(database.sql, id, at)
        const noted = (await users.findUser(database.sql, id))?.lastLoginAt
        await logins.lockForLogin(database.sql, { id }, at)
        const locked = (await users.findUser(database.sql, id))?.lastLoginAt
        return [noted, locked]
      }
      const latest = later(10)
      for (const at of [latest, later(9.9), later(-50), latest]) expect(await record(at)).toEqual([latest, latest])
      const corrected = later(-51)
      expect(await record(corrected)).toEqual([corrected, corrected])
    })

    it('never have an earlier cut of their tokens than before, whatever the clock', async () => {
      const { id } = await addUser()
      const cut = async () => (await users.findUser(database.sql, id))?.tokensValidAfter
      await users.updateUser(database.sql, id, { tokensValidAfter: later(9) }, later(9))
      await users.updateUser(database.sql, id, { tokensValidAfter: later(1) }, later(1))
      expect(await cut()).toEqual(later(9))
      await users.changePasswordHash(database.sql, { id, checkedHash: 'a hash', newHash: 'b', now: later(2) })
      expect(await cut()).toEqual(later(9))
      await changeStanding(database.sql, id, { isDisabled: true, now: later(3), time: later(3) })
      expect(await cut()).toEqual(later(9))
      await users.updateUser(database.sql, id, { tokensValidAfter: later(10) }, later(10))
      expect(await cut()).toEqual(later(10))
    })

    it('are listed in pages, in the order in which they were added', async () => {
      const first = await users.listUsers(database.sql, { limit: 3 })
      const second = await users.listUsers(database.sql, { after: first[2]?.id, limit: 3 })
      expect([...first, ...second].map(({ id }) => id)).toEqual([...first, ...second].map(({ id }) => id).sort())
      expect(new Set([...first, ...second].map(({ id }) => id)).size).toBe(6)
    })

    it('are deleted with their sessions', async () => {
      const { id } = await addUser()
      const session = await addSession(id)
      expect(await users.deleteUser(database.sql, id)).toMatchObject({ id })
      expect(await users.deleteUser(database.sql, id)).toBeUndefined()
      expect(await sessions.findSession(database.sql, session)).toBeUndefined()
    })

    it('must exist for a session to be created', async () => {
      await expect(addSession('nobody')).rejects.toThrow()
    })
  })

  describe('sessions', () => {
    it('are rotated by one of 50 at once', async () => {
      const user = await addUser({ roles: ['reader, of books'] })
      const id = await addSession(user.id)
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          subjects.rotateSession(database, rotation(id, { nextHash: `next ${index}` })),
        ),
      )
      const [won, ...others] = outcomes.filter((outcome) => outcome !== undefined)
      expect(others).toEqual([])
      const { passwordHash: _, ...shown } = (await users.findUser(database.sql, user.id)) as users.UserWithHash
      const claims = { id, userId: user.id, generation: 1, amr: ['pwd'], authenticatedAt: now }
      expect(won).toMatchObject({ roles: ['reader, of books'], session: claims })
      const found = await subjects.findSubject(database.sql, { familyHash: `family ${id}` })
      const used = { lastUsedAt: later(1), userAgent: 'a browser', address: '192.0.2.1' }
      expect(found).toMatchObject({
        subject: { user: shown, session: { ...claims, ...used, idleExpiresAt: later(101), expiresAt: later(1000) } },
        refresh: { previousHash: `first ${id}`, previousSpentAt: later(1), recentSpends: [], isRecoverable: true },
      })
    })

    const over: [what: string, spoil: (id: string, userId: string) => Promise<unknown>, change?: object][] = [
      ['another token', async () => {}, { presentedHash: 'another' }],
      ['another family', async () => {}, { familyHash: 'another' }],
      ['an idle one', async () => {}, { now: later(100) }],
      ['an old one', async () => {}, { now: later(1000) }],
      ['one that was ended', (id) => sessions.revokeSessions(database.sql, { id }, 'logout', now)],
      [
        'one of a disabled user',
        (_id, user) => changeStanding(database.sql, user, { isDisabled: true, now, time: now }),
      ],
      ['one of a deleted user', (_id, user) => users.deleteUser(database.sql, user)],
    ]
    it.each(over)('are not rotated for %s', async (_what, spoil, change = {}) => {
      const user = await addUser()
      const id = await addSession(user.id)
      await spoil(id, user.id)
      expect(await subjects.rotateSession(database, rotation(id, change))).toBeUndefined()
    })

    it('are ended once, by id, by user, or all but one', async () => {
      const user = await addUser()
      const [one = '', two = '', three = ''] = await Promise.all([1, 2, 3].map(() => addSession(user.id)))
      const end = (choice: sessions.SessionChoice) => sessions.revokeSessions(database.sql, choice, 'logout', now)
      expect(await end({ id: one })).toEqual([{ id: one, userId: user.id }])
      expect(await end({ id: one })).toEqual([])
      expect(await end({ userId: user.id, exceptId: two })).toEqual([{ id: three, userId: user.id }])
      const list = (now: Date) => sessions.listSessions(database.sql, user.id, { now, limit: 10 })
      expect((await list(now)).sessions.map(({ id }) => id)).toEqual([two])
      expect(await sessions.findSession(database.sql, one)).toMatchObject({ revokedAt: now, revokedWhy: 'logout' })
      expect(await sessions.advanceSessions(database.sql, { userId: user.id })).toEqual([{ id: two, generation: 2 }])
      expect(await list(later(100))).toEqual({ sessions: [], next: null })
    })

    it('know the addresses of their user', async () => {
      const user = await addUser()
      await addSession(user.id)
      await addSession(user.id)
      await addSession(user.id, { address: null })
      expect(await sessions.listKnownAddresses(database.sql, user.id)).toEqual(['2001:db8::1'])
      expect(await sessions.listKnownAddresses(database.sql, '')).toEqual([])
      const proven = () => sessions.listKnownAddresses(database.sql, user.id, { withFactor: true })
      expect(await proven()).toEqual([])
      await addSession(user.id, { address: '2001:db8::2', amr: ['pwd', 'otp', 'mfa'] })
      expect(await proven()).toEqual(['2001:db8::2'])
    })
  })

  describe('the journal of revocations', () => {
    const read = (cursor: string) => readRevocations(database, cursor)
    const insert = (...revocations: Revocation[]) => insertRevocations(database.sql, revocations)
    const without = (entries: readonly JournalEntry[]) => entries.map(({ expiresAt: _, ...revocation }) => revocation)
    async function end(): Promise<string> {
      let page = await read('')
      while (!page.isComplete) page = await read(page.cursor)
      return page.cursor
    }

    it('is read from a cursor on, until its entries have expired', async () => {
      const ended = endOfSession('a:b')
      const cut = cutOfUser('u', now)
      const before = await read('')
      await insert()
      const { entries } = await insert(ended, cut)
      const first = await read(before.cursor)
      expect(without(first.revocations)).toEqual([ended, cut])
      expect(first).toMatchObject({ revocations: entries, isComplete: true })
      expect((await read(first.cursor)).revocations).toEqual([])
      await insert({ ...cut, validFrom: null })
      const { revocations: third } = await read(first.cursor)
      expect(without(third)).toEqual([{ ...cut, validFrom: null }])
      const last = new Date(Math.max(...entries.map(({ expiresAt }) => expiresAt.getTime())))
      // The third may have been inserted in the same millisecond.
      const expired = [...entries, ...third].filter(({ expiresAt }) => expiresAt <= last)
      expect(await deleteEndedRevocations(database.sql, new Date(last.getTime() - 1), 10)).toBe(0)
      expect(await deleteEndedRevocations(database.sql, last, 10)).toBe(expired.length)
      expect(await deleteEndedRevocations(database.sql, last, 10)).toBe(0)
    })

    it('keeps entries for the longest token lifetime of any node, whatever the writer assumes', async () => {
      const keptSeconds = async (revocation: Revocation) => {
        const { entries, now: at } = await insert(revocation)
        return ((entries[0] as JournalEntry).expiresAt.getTime() - at.getTime()) / 1000
      }
      const margin = 600 + 3900
      expect(await keptSeconds(endOfSession('s'))).toBe(24 * 60 * 60 + margin)
      for (const [seconds, life] of [
        [900, 900],
        [60, 900],
        [3600, 3600],
        [900, 3600],
      ] as const) {
        await registerTokenLife(database, seconds)
        expect(await keptSeconds(endOfSession('s'))).toBe(life + margin)
      }
      const { lives } = await read('')
      expect(lives).toEqual([
        { seconds: 900, since: 0 },
        { seconds: 3600, since: expect.any(Number) },
      ])
      expect(lives[1]?.since).toBeGreaterThan(Date.now() / 1000 - 600)
      const exp = Math.floor(Date.now() / 1000) + 10
      const { entries } = await insert(endOfToken('single', exp), endOfToken('endless', undefined))
      expect(entries.map(({ expiresAt }) => expiresAt.getTime())).toEqual([(exp + margin) * 1000, 8.64e15])
      expect((await insert(endOfToken('single', exp))).entries).toEqual([])
    })

    it('starts from the beginning for a cursor that it cannot continue from', async () => {
      await insert(endOfToken('t', 1))
      const all = (await read('')).revocations.length
      const strange = ['x', '-1', '999999999999999', '@1:2:@', "1'--", '@1:1:@1.5', '@99:99:@0', '1e3', '9'.repeat(400)]
      // As PostgreSQL's, but a number or a snapshot that it cannot read.
      strange.push(`${'9'.repeat(20)}@@@1.5`, `0@${'9'.repeat(30)}:1:@@1.5`, '0@9:3:@@1.5')
      for (const cursor of strange) expect([cursor, (await read(cursor)).revocations.length]).toEqual([cursor, all])
    })

    it('is not read past a kind that this version does not know', async () => {
      const start = await end()
      const written = sql`
        INSERT INTO hallpass_revocations (kind, id, valid_from, expires_at)
        VALUES ('role', 'x', NULL, ${now.getTime() + 900_000})`
      await written.execute(database.sql)
      await insert(endOfSession('after it'))
      await expect(read(start)).rejects.toThrow("'role'")
      await sql`DELETE FROM hallpass_revocations WHERE kind = 'role'`.execute(database.sql)
      expect(without((await read(start)).revocations)).toEqual([endOfSession('after it')])
    })

    it('is read in pages, and entries written between them are not skipped', async () => {
      await insert(...Array.from({ length: 25_000 }, (_, index) => endOfToken(`p${index}`, 1)))
      const found = new Set<string>()
      let pages = 0
      for (let cursor = '', isComplete = false; !isComplete; pages++) {
        const page = await read(cursor)
        for (const { id } of page.revocations) found.add(id)
        if (pages === 0) await insert(endOfToken('late', 1))
        cursor = page.cursor
        isComplete = page.isComplete
        if (isComplete) for (const { id } of (await read(cursor)).revocations) found.add(id)
      }
      expect(pages).toBe(13)
      expect(found.size).toBeGreaterThanOrEqual(25_001)
      expect(found.has('late')).toBe(true)
    })

    it('is also read in pages by those who follow it', async () => {
      let cursor = await end()
      await insert(...Array.from({ length: 5000 }, (_, index) => endOfSession(`f${index}`)))
      const found: string[] = []
      const sizes: number[] = []
      for (let isComplete = false; !isComplete; ) {
        const page = await read(cursor)
        found.push(...page.revocations.map(({ id }) => id))
        sizes.push(page.revocations.length)
        if (sizes.length === 1) await insert(endOfSession('between'))
        cursor = page.cursor
        isComplete = page.isComplete
      }
      found.push(...(await read(cursor)).revocations.map(({ id }) => id))
      expect(sizes.every((size) => size <= 2000)).toBe(true)
      expect(new Set(found)).toEqual(new Set([...Array.from({ length: 5000 }, (_, index) => `f${index}`), 'between']))
      expect((await read(await end())).revocations).toEqual([])
    })

    it('returns entries that were committed late, with a lower number than one that was read', async () => {
      // Only PostgreSQL: SQLite has one writer, and the second waits for the first.
      if (database.kind === 'sqlite') return
      const cursor = await end()
      const isWritten = Promise.withResolvers<void>()
      const mayCommit = Promise.withResolvers<void>()
      const slow = database.transaction(async (trx) => {
        await insertRevocations(trx, [endOfToken('slow', 1)])
        isWritten.resolve()
        await mayCommit.promise
      })
      await isWritten.promise
      await insert(endOfToken('quick', 1))
      const first = await read(cursor)
      expect(first.revocations.map(({ id }) => id)).toEqual(['quick'])
      mayCommit.resolve()
      await slow
      const second = await read(first.cursor)
      expect(second.revocations.map(({ id }) => id)).toEqual(['slow'])
      expect((await read(second.cursor)).revocations).toEqual([])
    })
  })

  it('limits the time of a request, by default or as the address says, and not that of a long change', async () => {
    if (database.kind === 'sqlite') return
    const limitsOf = async (trx: Sql) => {
      const { rows } = await sql<{ statement: string; lock: string }>`
        SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock`.execute(trx)
      return rows[0]
    }
    const [url = ''] = test.url.split('?')
    for (const [written, limits] of [
      ['', { statement: '5s', lock: '4s' }],
      ['?statement_timeout=30000', { statement: '30s', lock: '24s' }],
    ] as const) {
      const other = await openDatabase(url + written)
      expect(await other.transaction(limitsOf)).toEqual(limits)
      await other.close()
    }
    expect(await database.unlimited((db) => db.transaction().execute(limitsOf))).toEqual({ statement: '0', lock: '0' })
  })

  it('lists audit events, newest first', async () => {
    const event = {
      event: 'login_failed' as const,
      at: now,
      userId: 'u',
      sessionId: null,
      address: '::1',
      userAgent: 'a "browser"',
      requestId: 'r',
      actor: 'root@host',
      details: { why: 'ü' },
    }
    await insertAuditEvents(database.sql, [event])
    await insertAuditEvents(database.sql, [{ ...event, at: later(1), userId: null }])
    const listed = await listAuditEvents(database.sql, { limit: 2 })
    expect(listed).toEqual([{ ...event, at: later(1), userId: null }, event])
    expect(await listAuditEvents(database.sql, { userId: 'u', limit: 9 })).toEqual([event])
  })

  it('rolls back a change that fails', async () => {
    const user = newUser()
    const failing = database.transaction(async (trx) => {
      await users.insertUser(trx, user)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    expect(await users.findUser(database.sql, user.id)).toBeUndefined()
  })

  it('isolates a change that is under way from others', async () => {
    const [inside, outside] = [newUser(), newUser()]
    let goOn: () => void = () => {}
    const gate = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const change = database.transaction(async (trx) => {
      await users.insertUser(trx, inside)
      await gate
      throw new Error('on purpose')
    })
    const other = users.insertUser(database.sql, outside)
    goOn()
    await expect(change).rejects.toThrow('on purpose')
    expect(await other).toMatchObject({ id: outside.id })
    expect(await users.findUser(database.sql, inside.id)).toBeUndefined()
    expect(await users.findUser(database.sql, outside.id)).toMatchObject({ id: outside.id })
  })

  it('is migrated by one of several concurrent processes', async () => {
    const { url, drop } = await open()
    const opened = await Promise.all([1, 2, 3, 4].map(() => openDatabase(url)))
    const applied = await Promise.all(opened.map((one) => migrate(one)))
    expect(applied.flat()).toEqual([
      '0001-accounts',
      '0002-keys-and-feed',
      '0003-shared-facts',
      '0004-mail-and-factors',
      '0005-ways-in',
    ])
    for (const one of opened) await one.close()
    await drop()
  })

  it('is refused if its migrations are newer, or not ours', async () => {
    const { url, drop } = await open()
    const one = await openDatabase(url)
    await migrate(one)
    await sql`UPDATE hallpass_migrations SET checksum = 'another'`.execute(one.sql)
    await expect(migrate(one)).rejects.toMatchObject({ code: 'database_invalid' })
    await expect(migrationStatus(one)).rejects.toMatchObject({ code: 'database_invalid' })
    await sql`INSERT INTO hallpass_migrations VALUES (99, 'later', 'x', 0)`.execute(one.sql)
    await expect(migrate(one)).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringContaining('npm install'),
    })
    await one.close()
    await drop()
  })

  it('leaves nothing of a migration that fails', async () => {
    const { url, drop } = await open()
    const one = await openDatabase(url)
    await sql`CREATE TABLE hallpass_audit (id TEXT)`.execute(one.sql)
    await expect(migrate(one)).rejects.toThrow()
    await sql`DROP TABLE hallpass_audit`.execute(one.sql)
    expect(await migrate(one)).toEqual([
      '0001-accounts',
      '0002-keys-and-feed',
      '0003-shared-facts',
      '0004-mail-and-factors',
      '0005-ways-in',
    ])
    await one.close()
    await drop()
  })

  const raise = `INSERT INTO hallpass_counters (key, points, expire) VALUES ($1, $2, NULL)
    ON CONFLICT (key) DO UPDATE SET points = hallpass_counters.points + $2 RETURNING points`

  it('binds a value by its number, wherever and however often it occurs', async () => {
    const text = 'SELECT CAST($2 AS TEXT) AS b, CAST($1 AS TEXT) AS a, CAST($2 AS TEXT) AS c'
    expect((await database.query(text, ['one', 'two'])).rows.map((row) => ({ ...(row as object) }))).toEqual([
      { a: 'one', b: 'two', c: 'two' },
    ])
  })

  it('keeps a single statement out of a transaction that is under way', async () => {
    const begun = Promise.withResolvers<void>()
    const failing = database.transaction(async (trx) => {
      await sql`INSERT INTO hallpass_counters (key, points) VALUES ('inside', 1)`.execute(trx)
      begun.resolve()
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
      throw new Error('rolled back')
    })
    const undone = expect(failing).rejects.toThrow('rolled back')
    await begun.promise
    const [counted, found] = await Promise.all([
      database.query(raise, ['beside', 1], { expendable: true }),
      database.query("SELECT points FROM hallpass_counters WHERE key IN ('inside', $1)", ['none']),
    ])
    await undone
    expect([counted.rows, found.rows]).toMatchObject([[{ points: 1 }], []])
    expect((await database.query(raise, ['beside', 1])).rows).toMatchObject([{ points: 2 }])
  })

  it('waits for the disk in every statement but an expendable one', async () => {
    const text = name === 'SQLite' ? 'PRAGMA synchronous' : 'SHOW synchronous_commit'
    const settings = async () => Object.values((await database.query(text, [])).rows[0] as object)[0]
    const kept = name === 'SQLite' ? 2 : 'on'
    const outcomes = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        if (index % 2 === 0) return settings()
        const { rows } = await database.query(raise, ['expendable', 1], { expendable: true })
        const { set_config: setting } = rows[0] as { set_config?: string }
        return name === 'SQLite' || setting === 'off' ? kept : setting
      }),
    )
    expect(new Set(outcomes)).toEqual(new Set([kept]))
    const failing = database.query(raise, ['expendable', 'many'], { expendable: true })
    if (name === 'PostgreSQL') await expect(failing).rejects.toThrow()
    else await failing
    expect(await settings()).toBe(kept)
  })

  if (name === 'SQLite') {
    it('uses write-ahead logging and full sync, in files that no other user can read', async () => {
      const pragma = async (text: string) =>
        Object.values((await database.query(`PRAGMA ${text}`, [])).rows[0] as object)[0]
      expect(await pragma('journal_mode')).toBe('wal')
      expect(await pragma('synchronous')).toBe(2)
      expect(await pragma('foreign_keys')).toBe(1)
      const path = test.url.slice('sqlite:'.length)
      for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
    })
  }
})

describe('openDatabase', () => {
  it.each([
    'app.db',
    '',
    'mysql://u:hunter2@h/d',
    'postgres:app',
    'sqlite:',
    'sqlite:///app.db',
    'sqlite://app.db',
    'sqlite:////var/lib/app.db',
    'postgres://u:hunter2@h:port/d',
    'postgres://u:hunter2@h:99999/d',
    'postgres://u:hunter2@one,,two/d',
    'postgres://u:hunter2@h/d?target_session_attrs=standby',
    'postgres://u:hunter2@h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem',
    'postgres://u:hunter2@h/d?sslmode=verify-full&sslrootcert=/tmp',
  ])('refuses %j', async (url) => {
    const refusal = await openDatabase(url).catch((error) => error)
    expect(refusal).toMatchObject({ code: 'database_invalid' })
    expect(refusal.message).not.toContain('hunter2')
  })

  it('reports a file that cannot be created', async () => {
    await expect(openDatabase('sqlite:/nowhere/at/all.db')).rejects.toMatchObject({ code: 'database_invalid' })
  })

  it.skipIf(process.platform === 'win32').each([true, false])(
    'reports what is no file, with mayMake %s',
    async (mayMake) => {
      const folder = mkdtempSync(join(tmpdir(), 'hallpass-store-'))
      execFileSync('mkfifo', [join(folder, 'pipe')])
      for (const path of [folder, join(folder, 'pipe'), '/dev/null']) {
        const refusal = {
          code: 'database_invalid',
          message: `Cannot open the database ${path}: it is not a regular file`,
        }
        await expect(openDatabase(`sqlite:${path}`, { mayMake })).rejects.toMatchObject(refusal)
      }
      rmSync(folder, { recursive: true })
    },
  )

  it('reports a server that cannot be reached as a temporary fault', async () => {
    const database = await openDatabase('postgres://127.0.0.1:1/app')
    const fault = await database.check().catch((error) => error)
    expect(isPassingFault(fault)).toBe(true)
    await database.close()
  })
})

describe('isPassingFault', () => {
  const faults: [what: string, error: unknown, passes: boolean][] = [
    ['a refused connection', Object.assign(new Error(), { code: 'ECONNREFUSED' }), true],
    ['several of them', new AggregateError([Object.assign(new Error(), { code: 'ECONNREFUSED' })]), true],
    ['a server that shuts down', Object.assign(new Error(), { code: '57P01' }), true],
    ['too many connections', Object.assign(new Error(), { code: '53300' }), true],
    ['a statement that takes too long', Object.assign(new Error(), { code: '57014' }), true],
    ['a deadlock', Object.assign(new Error(), { code: '40P01' }), true],
    ['a pool that is exhausted', new Error('timeout exceeded when trying to connect'), true],
    ['a connection that breaks', new Error('Connection terminated unexpectedly'), true],
    ['a full disk', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 13 }), true],
    ['a disk that fails while writing', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 778 }), true],
    ['a file that was made read-only', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 8 }), true],
    ['a damaged table', Object.assign(new Error(), { code: 'XX001' }), true],
    ['a disk that the server cannot read', Object.assign(new Error(), { code: '58030' }), true],
    ['a database that is being restored', Object.assign(new Error(), { code: '3D000' }), true],
    ['a feature that is missing', Object.assign(new Error(), { code: '0A000' }), false],
    ['wrong SQL', Object.assign(new Error(), { code: '42601' }), false],
    ['wrong SQL on SQLite', Object.assign(new Error(), { code: 'ERR_SQLITE_ERROR', errcode: 1 }), false],
    ['a broken constraint', Object.assign(new Error(), { code: '23505' }), false],
    ['a fault of ours', new TypeError('x is not a function'), false],
    ['no error', 'timeout', false],
  ]
  it.each(faults)('classifies %s', (_what, error, passes) => {
    expect(isPassingFault(error)).toBe(passes)
  })
})
