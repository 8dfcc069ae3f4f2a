/** hallpass in NestJS: a guard and a parameter decorator, on top of Express. */

import 'reflect-metadata'
import {
  type ArgumentsHost,
  type CanActivate,
  Catch,
  Controller,
  createParamDecorator,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Module,
  type Type,
  UseGuards,
} from '@nestjs/common'
import { type Authenticated, type GuardOptions, JwtManager, TokenError } from 'hallpass'
import { handleTokenErrors, jwtRequired } from 'hallpass/express'

export const jwt: JwtManager = new JwtManager({ secret: process.env.JWT_SECRET_KEY })

/**
 * `@UseGuards(JwtGuard())`, with the options of `jwtRequired`. The guard itself answers what it rejects and never calls back,
 * so that no exception filter answers a second time.
 */
export function JwtGuard(options?: GuardOptions): Type<CanActivate> {
  const check = jwtRequired(jwt, options)
  return class implements CanActivate {
    canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp()
      return new Promise((resolve, reject) => {
        check(http.getRequest(), http.getResponse(), (error) => (error ? reject(error) : resolve(true)))
      })
    }
  }
}

/** `@Jwt() who: Authenticated`: the user of the request. */
export const Jwt: () => ParameterDecorator = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest().jwt,
)

/** `app.useGlobalFilters(new TokenErrorFilter())`: answers errors that a handler did not catch, for example from `jwt.decodeToken`. */
@Catch(TokenError)
export class TokenErrorFilter implements ExceptionFilter {
  catch(error: TokenError, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    handleTokenErrors(jwt)(error, http.getRequest(), http.getResponse(), http.getNext())
  }
}

@Controller()
export class AppController {
  @Get('protected')
  @UseGuards(JwtGuard())
  greet(@Jwt() who: Authenticated): { msg: string } {
    return { msg: `Hello, ${who.identity}!` }
  }

  @Get('admin')
  @UseGuards(JwtGuard({ roles: 'admin' }))
  administer(@Jwt() who: Authenticated): { roles: readonly string[] | undefined } {
    return { roles: who.claims.roles }
  }
}

@Module({ controllers: [AppController] })
export class AppModule {}
