import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { exportJwk, type Key } from 'hallpass'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

/** Another issuer, whose answers the test decides. */
export class Issuer {
  requests = 0
  handler: Handler = () => {}
  readonly #server: Server = createServer((request, response) => {
    this.requests++
    this.handler(request, response)
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}/jwks.json`
  }

  publish(keys: readonly Key[], headers: Record<string, string> = {}): void {
    this.answer(JSON.stringify({ keys: keys.map((key) => exportJwk(key)) }), headers)
  }

  answer(text: string, headers: Record<string, string> = {}, status = 200): void {
    this.handler = (_request, response) => {
      response.writeHead(status, { 'content-type': 'application/jwk-set+json', ...headers }).end(text)
    }
  }

  stop(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
