import { asCommonJs, type Dialect, typesIn } from './dialect.ts'

/** Frameworks whose application is created by one statement. */
export type ServerFramework = 'express' | 'fastify' | 'hono'

export const readEnvironment = "if (existsSync('.env')) process.loadEnvFile()"

/** The file that opens accounts and sessions, for modules with top-level await. */
const openAuth = `import { existsSync } from 'node:fs'
import { createAuth } from 'hallpass/auth'

${readEnvironment}

/** Users, sessions and tokens, in a SQLite file beside the app. */
export const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
`

/** The same for Express in CommonJS, where the middleware waits instead. */
function openExpress(dialect: Dialect): string {
  const type = typesIn(dialect)
  const text = `import { existsSync } from 'node:fs'
${type("import type { GuardOptions } from 'hallpass'\n")}import { ${type('type Auth, ')}createAuth } from 'hallpass/auth'
import * as hallpass from 'hallpass/express'

${readEnvironment}

/** Users, sessions and tokens, in a SQLite file beside the app. */
const opening = createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })

/** Middleware that waits until they are open. */
function whenOpen(make${type(': (auth: Auth) => hallpass.Middleware')})${type(': hallpass.Middleware')} {
  const made = opening.then(make)
  return (req, res, next) => {
    made.then((handle) => handle(req, res, next), next)
  }
}

export const authRoutes = whenOpen(hallpass.authRoutes)

export const jwtRequired = (options${type('?: GuardOptions')}) => whenOpen(({ jwt }) => hallpass.jwtRequired(jwt, options))
`
  return asCommonJs(text, dialect)
}

/** A Fastify plugin, which can wait in either dialect. */
export function fastifyPlugin(dialect: Dialect): string {
  const type = typesIn(dialect)
  const text = `import { existsSync } from 'node:fs'
${type("import type { FastifyInstance } from 'fastify'\n")}import { createAuth } from 'hallpass/auth'
import { authRoutes, hallpass } from 'hallpass/fastify'

${readEnvironment}

/** Users, sessions and tokens, in a SQLite file beside the app. */
async function accounts(app${type(': FastifyInstance')})${type(': Promise<void>')} {
  const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
  app.addHook('onClose', () => auth.close())
  await app.register(hallpass, { jwt: auth.jwt })
  await app.register(authRoutes, { auth, prefix: '/auth' })
  app.get('/protected', { onRequest: app.jwtRequired() }, async (request) => ({ msg: \`Hello, \${request.jwt.identity}!\` }))
}

// Like fastify-plugin: makes app.jwtRequired available in the whole app.
export default Object.assign(accounts, { [Symbol.for('skip-override')]: true })
`
  return asCommonJs(text, dialect)
}

/** The file to create next to the application. */
export function openingFile(framework: ServerFramework, dialect: Dialect): string {
  if (dialect.isModule) return openAuth
  return framework === 'fastify' ? fastifyPlugin(dialect) : openExpress(dialect)
}

/** Routes match in the order in which they were added, and a body parser answers an invalid body with a stack trace. */
export const places: Readonly<Record<ServerFramework, string>> = {
  express: 'after cors(), if it is used, and before express.json() and the first route',
  fastify: 'and before it listens',
  hono: 'after middleware for all routes, and before the first route',
}

const hello = (identity: string) => `msg: \`Hello, \${${identity}}!\``

const moduleLines: Readonly<Record<ServerFramework, string>> = {
  express: `import { authRoutes, jwtRequired } from 'hallpass/express'
import { auth } from 'AUTH'

APP.use('/auth', authRoutes(auth))
APP.get('/protected', jwtRequired(auth.jwt), (req, res) => res.json({ ${hello('req.jwt.identity')} }))`,
  // Nothing is awaited, so the lines also work inside a function.
  fastify: `import { authRoutes, jwtRequired } from 'hallpass/fastify'
import { auth } from 'AUTH'

APP.register(authRoutes, { auth, prefix: '/auth' })
APP.get('/protected', { onRequest: jwtRequired(auth.jwt) }, async (request) => ({ ${hello('request.jwt.identity')} }))`,
  hono: `import { jwtRequired } from 'hallpass/hono'
import { auth } from 'AUTH'

APP.route('/auth', auth.routes)
APP.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ ${hello('c.var.jwt.identity')} }))`,
}

const commonJsLines: Readonly<Record<ServerFramework, string>> = {
  ...moduleLines,
  express: `import { authRoutes, jwtRequired } from 'AUTH'

APP.use('/auth', authRoutes)
APP.get('/protected', jwtRequired(), (req, res) => res.json({ ${hello('req.jwt.identity')} }))`,
  fastify: `import accounts from 'AUTH'

APP.register(accounts)`,
}

/** The lines for the file that creates the application: imports, an empty line, and what follows that statement. */
export function linesFor(framework: ServerFramework, dialect: Dialect, from: string, app: string): string {
  const text = (dialect.isModule ? moduleLines : commonJsLines)[framework]
  return asCommonJs(text.replace('AUTH', from).replaceAll('APP', app), dialect)
}
