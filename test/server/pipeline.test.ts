import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { makeFolder, serve } from './process.ts'

it('a connection that sends hundreds of requests without waiting for answers is closed', async () => {
  const folder = makeFolder()
  // A connection that is not closed would stay open for longer than the test may take.
  const server = await serve(['--keep-alive-seconds', '3600'], { cwd: folder.path })
  const { hostname, port } = new URL(server.url)
  const body = JSON.stringify({ username: 'alice', password: 'guess-guess-guess' })
  const head = `POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`
  const socket = connect(Number(port), hostname).on('error', () => {})
  socket.resume()
  // `once` of Node would reject with the error of a connection that is reset.
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`${head}\r\n\r\n${body}`.repeat(400))
  await closed
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  server.child.kill('SIGKILL')
  await server.finished
  folder.remove()
})
