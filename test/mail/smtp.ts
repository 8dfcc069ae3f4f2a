import type { AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A mail as it arrived. */
export interface ReceivedMail {
  readonly from: string
  /** What it was really sent to. */
  readonly recipients: readonly string[]
  readonly raw: string
  readonly parsed: ParsedMail
}

/** What the server does with the content: accepts it, refuses it with a code, never answers, or hangs up. */
export type DataBehaviour = 'accept' | 'hang' | 'close' | number

export interface TestSmtp {
  readonly url: string
  readonly port: number
  readonly mails: ReceivedMail[]
  /** How many mails were begun. */
  readonly attempts: { data: number; rcpt: number }
  onData: (raw: string) => DataBehaviour
  /** A code to refuse a recipient with. */
  onRecipient: (address: string) => number | undefined
  close(): Promise<void>
}

/** A real mail server on this machine. @param port A free one by default. */
export async function startSmtp({
  port = 0,
  ...options
}: SMTPServerOptions & { readonly port?: number } = {}): Promise<TestSmtp> {
  const mails: ReceivedMail[] = []
  const attempts = { data: 0, rcpt: 0 }
  const behaviour: Pick<TestSmtp, 'onData' | 'onRecipient'> = { onData: () => 'accept', onRecipient: () => undefined }
  const refusal = (code: number, words: string) => Object.assign(new Error(words), { responseCode: code })
  const server = new SMTPServer({
    authOptional: true,
    closeTimeout: 100,
    onRcptTo({ address }, _session, callback) {
      attempts.rcpt++
      const code = behaviour.onRecipient(address)
      callback(code === undefined ? null : refusal(code, `<${address}>: no`))
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        attempts.data++
        const raw = Buffer.concat(chunks).toString()
        const what = behaviour.onData(raw)
        if (what === 'hang') return
        if (what === 'close') {
          for (const connection of server.connections) connection._socket?.destroy()
          return
        }
        // A server may repeat what it was sent.
        if (what !== 'accept') return callback(refusal(what, raw.replace(/\s+/g, ' ').slice(-900)))
        mails.push({
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          recipients: session.envelope.rcptTo.map(({ address }) => address),
          raw,
          parsed: await simpleParser(raw),
        })
        callback()
      })
    },
    ...options,
  })
  // Clients that hang up are what some tests are about.
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const { port: actual } = server.server.address() as AddressInfo
  return Object.assign(behaviour, {
    url: `smtp://127.0.0.1:${actual}`,
    port: actual,
    mails,
    attempts,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  })
}
