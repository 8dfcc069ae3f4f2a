import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { makeFolder, serve } from './process.ts'

it('a client that sends one byte at a time is cut off, and keeps no other client waiting', async () => {
  const folder = makeFolder()
  const server = await serve([], { cwd: folder.path })
  const { hostname, port } = new URL(server.url)
  const requests = {
    header: 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    body: 'POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{"user',
  }
  const ended = Object.entries(requests).map(([part, text]) => {
    // The part that is sent at once, and the part that is sent byte by byte.
    const [quick, slow] = part === 'header' ? ['', text] : [text, 'x'.repeat(84)]
    const socket = connect(Number(port), hostname, () => socket.write(quick))
    socket.on('error', () => {})
    socket.resume()
    let sent = 0
    const timer = setInterval(() => socket.writable && socket.write(slow.charAt(sent++)), 400)
    return new Promise<boolean>((resolve) => {
      socket.on('close', () => {
        clearInterval(timer)
        resolve(sent < slow.length)
      })
    })
  })
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  // Each ended before everything was sent.
  expect(await Promise.all(ended)).toEqual([true, true])
  server.child.kill('SIGKILL')
  await server.finished
  folder.remove()
})
