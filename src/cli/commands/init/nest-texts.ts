import { readEnvironment } from './server-texts.ts'

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

/** For NestJS's main file. */
export function nestMain(from: string, app: string): string {
  return `import { authRoutes } from 'hallpass/express'
import { getAuth } from '${from}'

${app}.use('/auth', authRoutes(await getAuth()))`
}

/** For a controller, with a route that is guarded. */
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
