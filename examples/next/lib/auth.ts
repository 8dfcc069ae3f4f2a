import { type Auth, createAuth } from 'hallpass/auth'
import { connection } from 'next/server'

const options = {
  database: 'sqlite:app.db',
  secret: process.env.JWT_SECRET_KEY,
  // One proxy is in front, such as nginx or the host's own: without one, clients could forge their address.
  trustProxy: 1,
  // `next dev` serves plain HTTP.
  cookieSecure: process.env.NODE_ENV === 'production',
}
const kept = globalThis as { auth?: Promise<Auth> }

/** Opened by the first request, not during a build, and kept when Next.js reloads the module in development. */
export async function getAuth(): Promise<Auth> {
  await connection()
  kept.auth ??= createAuth(options)
  return kept.auth.catch((error) => {
    kept.auth = undefined
    throw error
  })
}
