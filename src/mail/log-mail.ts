import type { MailMessage } from './message.ts'

/**
 * Sends nothing: writes the mail to standard error as one block, for development. The log has standard output to itself.
 */
export async function logMail({ to, subject, text }: MailMessage): Promise<void> {
  const lines = [`To: ${to}`, `Subject: ${subject}`, '', ...text.trimEnd().split('\n')]
  process.stderr.write(
    `\n┌ mail, not sent: no mail server is set\n${lines.map((line) => `│ ${line}`.trimEnd()).join('\n')}\n└\n\n`,
  )
}
