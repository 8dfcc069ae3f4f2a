import { openCore } from '../../core/open-core.ts'
import type { CoreOptions } from '../../core/settings/options.ts'
import { makeServerSecret } from '../../secrets/server-secret.ts'
import { findMail } from '../../store/mails.ts'
import { Mails } from '../mails.ts'
import type { MailText } from '../templates/render.ts'
import { templated, type WritingParts, writeText } from '../write-mail.ts'
import { openParams, sealingPurpose } from './outbox.ts'

/** What a command line needs of the outbox. */
export interface OpenOutbox {
  readonly mails: Mails
  /** What a mail says, if its parameters are still there. */
  read(id: string, secrets: readonly [string, ...string[]], writing: WritingParts): Promise<MailText | undefined>
  close(): Promise<void>
}

/**
 * Opens the outbox of a database that is there and up to date.
 * @throws {ConfigurationError} `database_invalid`, `database_newer`, `package_missing`
 */
export async function openOutbox(core: CoreOptions): Promise<OpenOutbox> {
  const parts = await openCore(core, { preparing: 'nothing' })
  return {
    mails: new Mails(parts),
    async read(id, secrets, writing) {
      const mail = await findMail(parts.database.sql, id)
      const params = mail && openParams(makeServerSecret(secrets).sealing(sealingPurpose), mail)
      return mail && params && writeText(templated(mail, params), writing)
    },
    close: parts.close,
  }
}
