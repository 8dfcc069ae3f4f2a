import { asCommonJs, type Dialect, typesIn } from './dialect.ts'
import type { Insertion } from './insert.ts'

/** Those whose application is made by one statement. */
export type ServerFramework = 'express' | 'fastify' | 'hono'

const readEnvironment = "if (existsSync('.env')) process.loadEnvFile()"

/** The file that opens accounts and sessions, where a file can wait. */
const openAuth = `import { existsSync } from 'node:fs'
import { createAuth } from 'hallpass/auth'

${readEnvironment}

/** Users, sessions and tokens, in a SQLite file beside the app. */
export const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
`

/** The same for Express where it cannot: its middleware waits. */
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

/** A plugin for Fastify, which waits for plugins anywhere. */
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

/** The file beside the application. */
export function openingFile(framework: ServerFramework, dialect: Dialect): string {
  if (dialect.isModule) return openAuth
  return framework === 'fastify' ? fastifyPlugin(dialect) : openExpress(dialect)
}

const calls: Readonly<Record<ServerFramework, RegExp>> = {
  express: /(?:express|require\(['"]express['"]\))\(/,
  fastify: /(?:[fF]astify|require\(['"]fastify['"]\))\(/,
  hono: /new Hono(?:<[^(]*>)?\(/,
}

const uses: Readonly<Record<ServerFramework, (from: string) => Omit<Insertion, 'call'>>> = {
  express: (from) => ({
    imports: ["import { authRoutes, jwtRequired } from 'hallpass/express'", `import { auth } from '${from}'`],
    lines: (app) => [
      `${app}.use('/auth', authRoutes(auth))`,
      `${app}.get('/protected', jwtRequired(auth.jwt), (req, res) => res.json({ msg: \`Hello, \${req.jwt.identity}!\` }))`,
    ],
  }),
  fastify: (from) => ({
    imports: ["import { authRoutes, hallpass } from 'hallpass/fastify'", `import { auth } from '${from}'`],
    lines: (app) => [
      `await ${app}.register(hallpass, { jwt: auth.jwt })`,
      `await ${app}.register(authRoutes, { auth, prefix: '/auth' })`,
      `${app}.get('/protected', { onRequest: ${app}.jwtRequired() }, async (request) => ({ msg: \`Hello, \${request.jwt.identity}!\` }))`,
    ],
  }),
  hono: (from) => ({
    imports: ["import { jwtRequired } from 'hallpass/hono'", `import { auth } from '${from}'`],
    lines: (app) => [
      `${app}.route('/auth', auth.routes)`,
      `${app}.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ msg: \`Hello, \${c.var.jwt.identity}!\` }))`,
    ],
  }),
}

/** The same of a file that waits by itself. */
const usesThatWait: Readonly<Record<'express' | 'fastify', (from: string) => Omit<Insertion, 'call'>>> = {
  express: (from) => ({
    imports: [`import { authRoutes, jwtRequired } from '${from}'`],
    lines: (app) => [
      `${app}.use('/auth', authRoutes)`,
      `${app}.get('/protected', jwtRequired(), (req, res) => res.json({ msg: \`Hello, \${req.jwt.identity}!\` }))`,
    ],
  }),
  fastify: (from) => ({
    imports: [`import accounts from '${from}'`],
    lines: (app) => [`${app}.register(accounts)`],
  }),
}

/** What Fastify's plugins are there for is there for all routes, wherever they stand. */
const routes: Readonly<Partial<Record<ServerFramework, RegExp>>> = {
  express: /(?:get|post|put|patch|delete|all|route)\(|use\(\s*['"\x60]/,
  hono: /(?:get|post|put|patch|delete|all|on|route|mount)\(/,
}

/** What reads bodies, and what must see a preflight before our routes answer it. */
const parsers = /use\(\s*(?:(?:express|bodyParser|parser)\.)?(?:json|urlencoded|raw|text|bodyParser)\(/
const first = /use\(\s*cors\b/

/** The lines for a server's own file. */
export function useOf(framework: ServerFramework, from: string, dialect: Dialect): Insertion {
  const known = {
    call: calls[framework],
    ...(routes[framework] && { routes: routes[framework] }),
    ...(framework === 'express' && { parsers, first }),
  }
  if (dialect.isModule || framework === 'hono') return { ...known, ...uses[framework](from) }
  const { imports, lines } = usesThatWait[framework](from)
  return { ...known, imports: imports.map((line) => asCommonJs(line, dialect)), lines }
}

/**
 * The files for Next.js.
 * @param auth How a file imports the first of them.
 */
export function nextFiles(
  dialect: Dialect,
  { name, from }: { readonly name: string; readonly from: (file: string) => string },
): Readonly<Record<string, string>> {
  const type = typesIn(dialect)
  const extension = dialect.isTypeScript ? 'ts' : 'js'
  const routes = `app/api/auth/[...path]/route.${extension}`
  const protectedRoute = `app/api/protected/route.${extension}`
  return {
    [`lib/${name}.${extension}`]: `import { ${type('type Auth, ')}createAuth } from 'hallpass/auth'
import { connection } from 'next/server'

// One proxy is in front, such as nginx or the host's own: without one, clients could forge their address.
const options = { database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY, trustProxy: 1 }
const kept = globalThis${type(' as { auth?: Promise<Auth> }')}

/** Opened by the first request, not during a build, and kept when Next.js reloads the module in development. */
export async function getAuth()${type(': Promise<Auth>')} {
  await connection()
  kept.auth ??= createAuth(options)
  return kept.auth.catch((error) => {
    kept.auth = undefined
    throw error
  })
}
`,
    [routes]: `import { getAuth } from '${from(routes)}'

async function handler(request${type(': Request')})${type(': Promise<Response>')} {
  const auth = await getAuth()
  return auth.handlerAt('/api/auth')(request)
}

export { handler as DELETE, handler as GET, handler as POST }
`,
    [protectedRoute]: `import { jwtRequired } from 'hallpass/web'
import { getAuth } from '${from(protectedRoute)}'

export async function GET(request${type(': Request')})${type(': Promise<Response>')} {
  const { jwt } = await getAuth()
  return jwtRequired(jwt)((_request, { jwt: who }) => Response.json({ msg: \`Hello, \${who.identity}!\` }))(request)
}
`,
  }
}

/** The guard and the decorator for NestJS. */
export const nestGuard: string = `import { existsSync } from 'node:fs'
import { type CanActivate, createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common'
import type { GuardOptions } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired, type Middleware } from 'hallpass/express'

${readEnvironment}

let auth: Promise<Auth> | undefined

/** Users, sessions and tokens, in a SQLite file beside the app, opened at its first use. */
export function getAuth(): Promise<Auth> {
  auth ??= createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
  return auth
}

/** @UseGuards(JwtGuard()), with the options of jwtRequired. The guard answers what it rejects, without Nest's error handling. */
export function JwtGuard(options?: GuardOptions): Type<CanActivate> {
  let guard: Middleware | undefined
  return class implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      const check = (guard ??= jwtRequired((await getAuth()).jwt, options))
      return new Promise((resolve, reject) => {
        check(http.getRequest(), http.getResponse(), (error) => (error ? reject(error) : resolve(true)))
      })
    }
  }
}

/** @Jwt() who: Authenticated: the user of the request. */
export const Jwt = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().jwt)
`

/** A route in a controller of NestJS. */
export function nestRoute(from: string): string {
  return `import { UseGuards } from '@nestjs/common'
import type { Authenticated } from 'hallpass'
import { Jwt, JwtGuard } from '${from}'

  @Get('protected')
  @UseGuards(JwtGuard())
  getProtected(@Jwt() who: Authenticated) {
    return { msg: \`Hello, \${who.identity}!\` }
  }`
}

/** The line for NestJS's main file. */
export function nestUse(from: string): Insertion {
  return {
    call: /await NestFactory\.create(?:<[^(]*>)?\(/,
    imports: ["import { authRoutes } from 'hallpass/express'", `import { getAuth } from '${from}'`],
    lines: (app) => [`${app}.use('/auth', authRoutes(await getAuth()))`],
  }
}
