import { ConfigurationError } from '../../errors.ts'
import { readSender } from '../address.ts'
import type { Transport } from '../message.ts'
import type { SmtpAddress } from './smtp-address.ts'

/** How long a mail server may take, in milliseconds. */
export interface SmtpTimes {
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  /** Without a byte from it. */
  readonly socketTimeout: number
  readonly dnsTimeout: number
}

const times: SmtpTimes = {
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 30_000,
  dnsTimeout: 10_000,
}

/**
 * Hands mails over to an SMTP server, each on a connection of its own: mails are few, and a connection that is kept would be
 * one more that breaks. nodemailer is loaded when the first is sent.
 */
export function makeSmtpTransport(address: SmtpAddress, limits: SmtpTimes = times): Transport {
  const { host, port, isSecure, requiresTls, user, password } = address
  async function open() {
    const { createTransport } = await import('nodemailer').catch((cause) => {
      throw new ConfigurationError(
        'package_missing',
        "SMTP needs the package 'nodemailer': run 'npm install nodemailer'",
        {
          cause,
        },
      )
    })
    return createTransport({
      host,
      port,
      secure: isSecure,
      requireTLS: requiresTls,
      // Either it is required, or it is off: what an attacker on the way can remove protects nothing.
      ignoreTLS: !isSecure && !requiresTls,
      ...(user !== undefined && { auth: { user, pass: password } }),
      disableFileAccess: true,
      disableUrlAccess: true,
      socketCloseTimeout: 1000,
      ...limits,
    })
  }
  let opened: ReturnType<typeof open> | undefined
  return async function sendBySmtp(message, { id, signal }) {
    opened ??= open()
    const transport = await opened.catch((error) => {
      opened = undefined
      throw error
    })
    const from = readSender(message.from ?? '')
    if (from === undefined) throw new Error('mailFrom is not set')
    const sending = transport.sendMail({
      // As an object: as text it would be parsed, and might become two addresses.
      to: { name: '', address: message.to },
      from,
      // What is really sent to: the header is only for people.
      envelope: { from: from.address, to: [message.to] },
      subject: message.subject,
      text: message.text,
      html: message.html,
      messageId: `<${id}@${from.address.replace(/^.*@/, '')}>`,
      // No out-of-office replies (RFC 3834 section 5).
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal,
    })
    await sending.catch((error: unknown) => {
      // A server may repeat the password that it rejects, as it was sent: in Base64.
      if (error instanceof Error && password !== undefined) error.message = withoutPassword(error.message, password)
      throw error
    })
  }
}

function withoutPassword(text: string, password: string): string {
  const encoded = Buffer.from(password).toString('base64').replace(/=+$/, '')
  return [password, encoded].reduce((left, secret) => left.replaceAll(secret, '…'), text)
}
