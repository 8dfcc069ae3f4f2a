import { connect } from 'node:net'

/** An answer as it was received. */
export interface RawAnswer {
  readonly status: number
  /** Header names are in lower case. Each `set-cookie` line is separate. */
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: readonly string[]
  readonly body: string
}

export interface RawRequest {
  readonly method?: string
  readonly path: string
  /** Lines as they are sent: a name that occurs twice is sent as two lines. */
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: string
  readonly version?: '1.0' | '1.1'
  readonly host?: string
}

/**
 * Sends exactly these bytes: HTTP clients join headers, normalize paths and refuse the requests that are worth testing.
 */
export function sendRaw(port: number, request: RawRequest): Promise<RawAnswer> {
  const { method = 'GET', path, headers = [], body, version = '1.1', host: name = 'localhost' } = request
  const length = body === undefined ? [] : [['Content-Length', String(Buffer.byteLength(body))]]
  const host = version === '1.1' ? [['Host', name]] : []
  const lines = [...host, ['Connection', 'close'], ...headers, ...length].map(([name, value]) => `${name}: ${value}`)
  const text = `${[`${method} ${path} HTTP/${version}`, ...lines].join('\r\n')}\r\n\r\n${body ?? ''}`
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(600_000, () => socket.destroy(new Error('No answer')))
    socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)))
    socket.on('error', reject)
    socket.on('end', () => resolve(parse(Buffer.concat(chunks).toString('latin1'))))
  })
}

function parse(text: string): RawAnswer {
  const split = text.indexOf('\r\n\r\n')
  const [first = '', ...lines] = text.slice(0, split).split('\r\n')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.replace(/^[^:]*: ?/, '')])
  const headers = Object.fromEntries(pairs) as Record<string, string>
  const body = text.slice(split + 4)
  return {
    status: Number(first.split(' ')[1]),
    headers,
    cookies: pairs.filter(([name]) => name === 'set-cookie').map(([, value]) => value as string),
    body: headers['transfer-encoding'] === 'chunked' ? joined(body) : body,
  }
}

function joined(body: string): string {
  const [, size = '0', rest = ''] = /^([\da-f]+)\r\n([\s\S]*)$/i.exec(body) ?? []
  const length = Number.parseInt(size, 16)
  return length === 0 ? '' : rest.slice(0, length) + joined(rest.slice(length + 2))
}
