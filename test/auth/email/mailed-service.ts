import type { AuthOptions } from 'hallpass/auth'
import type { Database } from '../../../src/store/engine/database.ts'
import { openDatabase } from '../../../src/store/engine/open-database.ts'
import type { TestDatabase } from '../../databases.ts'
import { password, type Reply, type Service, startService } from '../service.ts'
import { type Mailbox, openMailbox } from './mailbox.ts'

/** Where the pages of the service are. */
export const url = 'https://id.example'

/** More than a test sends. */
export const manyMails = { mailsPerMinute: 1000, mailsPerHour: 1000, mailsPerDay: 1000, mailsPerNetwork: 100_000 }

/** Nodes on one database that send mails to one mailbox, and a connection to look behind them. */
export interface MailedNodes {
  readonly nodes: readonly [Service, Service]
  readonly database: Database
  readonly inbox: Mailbox
  /** Sends a request to the first node. */
  post(path: string, body: object, more?: { readonly token?: string; readonly node?: 0 | 1 }): Promise<Reply>
  /** A name and an address that no one has. */
  named(): { readonly username: string; readonly email: string }
  /** Registers, and logs in where that is allowed. */
  member(how?: { readonly verified?: boolean }): Promise<Member>
  setUser(username: string, columns: Readonly<Record<string, string | number | null>>): Promise<void>
  /** Mails that were queued for someone, decoys apart. */
  countMails(): Promise<number>
  close(): Promise<void>
}

export interface Member {
  readonly username: string
  readonly email: string
  readonly access: string
  readonly refresh: string
}

export async function startMailedNodes(
  { url: databaseUrl, drop }: TestDatabase,
  options: Partial<AuthOptions> = {},
  { hasMail = true }: { readonly hasMail?: boolean } = {},
): Promise<MailedNodes> {
  const inbox = openMailbox()
  const settings = {
    url,
    ...(hasMail && options.smtp === undefined && { sendMail: inbox.send }),
    emailSignIn: true,
    ...options,
    limits: { attemptsPerAccount: 1000, attemptsPerAddress: 100_000, ...manyMails, ...options.limits },
  }
  const nodes = [await startService(databaseUrl, settings), await startService(databaseUrl, settings)] as const
  const database = await openDatabase(databaseUrl)
  let count = 0
  const world: MailedNodes = {
    nodes,
    database,
    inbox,
    post: (path, body, { token, node = 0 } = {}) => nodes[node].call('POST', `/auth${path}`, { body, token }),
    named() {
      const username = `user${count++}`
      return { username, email: `${username}@mail.example` }
    },
    async member({ verified = true } = {}) {
      const name = world.named()
      await world.post('/register', { ...name, password })
      const { token } = await inbox.next(name.email)
      if (verified) await world.post('/email/verify', { token })
      const { body } = await world.post('/login', { username: name.username, password })
      return { ...name, access: body.access_token as string, refresh: body.refresh_token as string }
    },
    async setUser(username, columns) {
      await database.sql.updateTable('hallpass_users').set(columns).where('username', '=', username).execute()
    },
    async countMails() {
      const { mails } = await database.sql
        .selectFrom('hallpass_mails')
        .where('recipient', 'is not', null)
        .select(({ fn }) => fn.countAll().as('mails'))
        .executeTakeFirstOrThrow()
      return Number(mails)
    },
    async close() {
      for (const node of nodes) await node.auth.close()
      await database.close()
      await drop()
    },
  }
  return world
}
