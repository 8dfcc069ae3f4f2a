import { type ClientOptions, createClient } from 'hallpass/client'

const { VITE_TOPOLOGY = '1', VITE_AUTH_URL = 'http://localhost:3000/auth' } = import.meta.env as Record<string, string>

/** Where the page and the server are, seen from each other. */
const topologies: Readonly<Record<string, ClientOptions>> = {
  /** One origin: the routes are mounted in the app, or a proxy is in front of both. */
  1: { baseUrl: '/auth', mode: 'cookies' },
  /** Two hosts of one site, such as app.example.com and id.example.com. */
  2: { baseUrl: VITE_AUTH_URL, mode: 'cookies' },
  /** Two sites: browsers drop the cookies of the other one. */
  3: { baseUrl: VITE_AUTH_URL, mode: 'bearer', storage: 'session' },
}

const options = topologies[VITE_TOPOLOGY]
if (options === undefined) throw new Error('VITE_TOPOLOGY is 1, 2 or 3')

export const auth = createClient(options)
