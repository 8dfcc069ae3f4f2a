import type { Insertion } from './insert.ts'

/** The file that opens accounts and sessions. */
export const openAuth = `import { existsSync } from 'node:fs'
import { createAuth } from 'hallpass/auth'

if (existsSync('.env')) process.loadEnvFile()

/** Users, sessions and tokens, in a SQLite file beside the app. */
export const auth = await createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
`

/** Those whose application is made by one statement. */
export type ServerFramework = 'express' | 'fastify' | 'hono'

const uses: Readonly<Record<ServerFramework, (from: string) => Insertion>> = {
  express: (from) => ({
    call: /express\(/,
    imports: ["import { authRoutes, jwtRequired } from 'hallpass/express'", `import { auth } from '${from}'`],
    lines: (app) => [
      `${app}.use('/auth', authRoutes(auth))`,
      `${app}.get('/protected', jwtRequired(auth.jwt), (req, res) => res.json({ msg: \`Hello, \${req.jwt.identity}!\` }))`,
    ],
  }),
  fastify: (from) => ({
    call: /[fF]astify\(/,
    imports: ["import { authRoutes, hallpass } from 'hallpass/fastify'", `import { auth } from '${from}'`],
    lines: (app) => [
      `await ${app}.register(hallpass, { jwt: auth.jwt })`,
      `await ${app}.register(authRoutes, { auth, prefix: '/auth' })`,
      `${app}.get('/protected', { onRequest: ${app}.jwtRequired() }, async (request) => ({ msg: \`Hello, \${request.jwt.identity}!\` }))`,
    ],
  }),
  hono: (from) => ({
    call: /new Hono(?:<[^(]*>)?\(/,
    imports: ["import { jwtRequired } from 'hallpass/hono'", `import { auth } from '${from}'`],
    lines: (app) => [
      `${app}.route('/auth', auth.routes)`,
      `${app}.get('/protected', jwtRequired(auth.jwt), (c) => c.json({ msg: \`Hello, \${c.var.jwt.identity}!\` }))`,
    ],
  }),
}

/** The lines for a server's own file. */
export function useOf(framework: ServerFramework, from: string): Insertion {
  return uses[framework](from)
}

/** Files for Next.js, beneath `src/` where the project has one. */
export const nextRoutes: Readonly<Record<string, string>> = {
  'lib/auth.ts': `import { type Auth, createAuth } from 'hallpass/auth'

const options = { database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY, trustProxy: 1 }
const kept = globalThis as { auth?: Promise<Auth> }

/** Opened by the first request, and kept when the module is loaded again, as Next.js does in development. */
export function getAuth(): Promise<Auth> {
  kept.auth ??= createAuth(options)
  return kept.auth
}
`,
  'app/api/auth/[...path]/route.ts': `import { getAuth } from '@/lib/auth'

async function handler(request: Request): Promise<Response> {
  const auth = await getAuth()
  return auth.handlerAt('/api/auth')(request)
}

export { handler as DELETE, handler as GET, handler as POST }
`,
  'app/api/protected/route.ts': `import { jwtRequired } from 'hallpass/web'
import { getAuth } from '@/lib/auth'

export async function GET(request: Request): Promise<Response> {
  const { jwt } = await getAuth()
  return jwtRequired(jwt)((_request, { jwt: who }) => Response.json({ msg: \`Hello, \${who.identity}!\` }))(request)
}
`,
}

/** The guard and the decorator for NestJS. */
export const nestGuard = `import { existsSync } from 'node:fs'
import { type CanActivate, createParamDecorator, type ExecutionContext, type Type } from '@nestjs/common'
import type { GuardOptions } from 'hallpass'
import { type Auth, createAuth } from 'hallpass/auth'
import { jwtRequired } from 'hallpass/express'

if (existsSync('.env')) process.loadEnvFile()

let auth: Promise<Auth> | undefined

/** Users, sessions and tokens, in a SQLite file beside the app. For main.ts: app.use('/auth', authRoutes(await getAuth())) */
export function getAuth(): Promise<Auth> {
  auth ??= createAuth({ database: 'sqlite:app.db', secret: process.env.JWT_SECRET_KEY })
  return auth
}

/** @UseGuards(JwtGuard()), with the options of jwtRequired. It answers what it refuses itself. */
export function JwtGuard(options?: GuardOptions): Type<CanActivate> {
  const check = getAuth().then(({ jwt }) => jwtRequired(jwt, options))
  return class implements CanActivate {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      const guard = await check
      return new Promise((resolve, reject) => {
        http.getResponse().once('finish', () => resolve(false))
        guard(http.getRequest(), http.getResponse(), (error) => (error ? reject(error) : resolve(true)))
      })
    }
  }
}

/** @Jwt() who: Authenticated: whom the request comes from. */
export const Jwt = createParamDecorator((_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().jwt)
`
