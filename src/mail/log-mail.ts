import type { MailMessage } from './message.ts'

/**
 * Writes the mail to standard error as one block instead of sending it, for development. Standard output carries only
 * the log.
 */
export async function logMail({ to, subject, text }: MailMessage): Promise<void> {
  const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
  process.stderr.write(
    `\n┌ mail, not sent: no mail server is set\n${lines.map((line) => `│ ${line}`.trimEnd()).join('\n')}\n└\n\n`,
  )
}
