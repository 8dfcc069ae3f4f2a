import type { Context } from 'hono'
import { sessionIdOf } from '../../../accounts/sessions/caller.ts'
import { HonoRequestView } from '../../../adapters/request/hono-request.ts'
import { type MemberFault, RequestError } from '../../../errors.ts'
import type { Authenticated } from '../../../guard/options/guard-options.ts'
import type { AnyGiven, Body, Contract, GuardedCaller, RouteEnv, RouteParts } from '../endpoint.ts'
import { readJson } from './body.ts'
import { type ClientForm, clientOfRequest, requireClient } from './client.ts'
import { readForm } from './form.ts'
import { readAs } from './read-as.ts'

/**
 * Reads what an endpoint declares from a request.
 * @throws {RequestError} `invalid_client`; `invalid_request` with every invalid member, `form_invalid` for a form; what
 *   reading the body throws
 */
export async function readRequest(declared: Contract, c: Context<RouteEnv>, parts: RouteParts): Promise<AnyGiven> {
  const { params, query, body, guard, client } = declared
  const request = new HonoRequestView(c)
  // A form identifies its client itself. For any other body, the client is identified before the body is read.
  const form = body?.isForm ? ((await readBody(c, body)) as ClientForm) : undefined
  return {
    request,
    path: c.req.path,
    origin: c.var.origin,
    client:
      client &&
      (client === 'required'
        ? await requireClient(request, parts, form ?? {})
        : await clientOfRequest(request, parts, form ?? {})),
    // An optional guard lets anonymous requests pass.
    caller: guard && (c.var.jwt as Authenticated | undefined) && callerOf(c.var.jwt),
    params: params && readAs(c.req.param(), params, () => new RequestError('not_found', 'No such path')),
    query: query && readAs(c.req.query(), query, unfit('The query string is invalid')),
    body: form ?? (body && (await readBody(c, body))),
    setCookies(lines) {
      // HEAD is answered as GET is, and must change nothing.
      if (request.method === 'HEAD') return
      for (const line of lines) c.header('Set-Cookie', line, { append: true })
    },
  }
}

async function readBody(c: Context, body: Body): Promise<unknown> {
  return body.isForm
    ? readAs(await readForm(c), body.schema, formInvalid)
    : readAs(await readJson(c, body), body.schema, unfit('The body is invalid'))
}

function unfit(message: string): (members: readonly MemberFault[]) => RequestError {
  return (members) => new RequestError('invalid_request', message, { members })
}

/** OAuth clients look for the reason in the text. */
function formInvalid(members: readonly MemberFault[]): RequestError {
  return new RequestError('form_invalid', members.map(({ member, msg }) => `${member} ${msg}`).join(', '))
}

/** The user of a token that a guard has accepted. */
export function callerOf({ identity, claims, location }: Authenticated): GuardedCaller {
  const { remember } = claims as { readonly remember?: unknown }
  return {
    userId: identity,
    sessionId: sessionIdOf(claims),
    location,
    keeping: remember === false ? { remember } : {},
  }
}
