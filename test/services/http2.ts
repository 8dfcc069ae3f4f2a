import { connect } from 'node:http2'

/** Pseudo-headers and headers; a list is sent as several fields. */
export type Http2Headers = Readonly<Record<string, string | string[]>>

/** Sends one request over HTTP/2 without TLS. */
export async function askHttp2(port: number, headers: Http2Headers): Promise<[status: number, body: string]> {
  const session = connect(`http://127.0.0.1:${port}`)
  try {
    return await new Promise((resolve, reject) => {
      const stream = session.request({ ':path': '/orders', ...headers })
      let status = 0
      let body = ''
      stream.on('response', (answer) => {
        status = Number(answer[':status'])
      })
      stream.on('data', (chunk) => {
        body += chunk
      })
      stream.on('end', () => resolve([status, body]))
      stream.on('error', reject)
      session.on('error', reject)
    })
  } finally {
    session.close()
  }
}
