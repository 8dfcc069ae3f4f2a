import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { AuthOptions } from 'hallpass/auth'
import { type Mailbox, openMailbox } from '../auth/email/mailbox.ts'
import { manyMails } from '../auth/email/mailed-service.ts'
import { type Service, startService } from '../auth/service.ts'

/** The pages on a port of this machine, with a clock that a test sets, and an application on another port. */
export interface PageServer {
  readonly url: string
  readonly service: Service
  readonly inbox: Mailbox
  /** A listed origin, to return to. */
  readonly appUrl: string
  /** What was asked of the server, as its log has it. */
  readonly asked: string[]
  close(): Promise<void>
}

export async function startPageServer(options: Partial<AuthOptions> = {}): Promise<PageServer> {
  const asked: string[] = []
  const app = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<!doctype html><title>App</title><link rel="icon" href="data:,"><h1>Welcome back</h1>')
  })
  const appUrl = await listen(app, '127.0.0.1')
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  const url = await listen(server, 'localhost')
  const inbox = openMailbox()
  const service = await startService('sqlite::memory:', {
    url,
    pages: '/',
    emailSignIn: true,
    corsOrigins: [appUrl],
    cookieSecure: false,
    sendMail: inbox.send,
    limits: { ...manyMails, attemptsPerAccount: 1000, attemptsPerAddress: 100_000 },
    ...options,
  })
  const answer = getRequestListener((request, env) => service.auth.handler(request, env))
  return {
    url,
    service,
    inbox,
    appUrl,
    asked,
    async close() {
      for (const one of [app, server]) {
        one.closeAllConnections()
        one.close()
      }
      await service.auth.close()
    },
  }
}

async function listen(server: Server, host: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host === 'localhost' ? undefined : host, resolve))
  return `http://${host}:${(server.address() as AddressInfo).port}`
}
