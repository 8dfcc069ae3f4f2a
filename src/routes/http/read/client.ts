import { checkClient } from '../../../accounts/services/clients.ts'
import { RequestError } from '../../../errors.ts'
import type { RequestView } from '../../../guard/request/request-view.ts'
import type { RegisteredClient } from '../../../store/clients.ts'
import type { RouteParts } from '../endpoint.ts'

/** What a form says of the client that sends it. */
export interface ClientForm {
  readonly client_id?: string | undefined
  readonly client_secret?: string | undefined
}

/**
 * The service that a request comes from: by HTTP Basic, or by `client_id` and `client_secret` in the form
 * (RFC 6749 section 2.3.1). `undefined` where it says nothing of itself.
 * @throws {RequestError} `invalid_client`, `form_invalid` for both at once
 */
export async function clientOfRequest(
  request: RequestView,
  parts: Pick<RouteParts, 'database'>,
  { client_id: id, client_secret: secret }: ClientForm,
): Promise<RegisteredClient | undefined> {
  const header = request.header('authorization')
  if (header !== undefined) {
    if (secret !== undefined) throw new RequestError('form_invalid', 'The client is identified in two ways: use one')
    return checkClient(parts, readBasic(header))
  }
  return id === undefined || secret === undefined ? undefined : checkClient(parts, { id, secret })
}

/** @throws {RequestError} `invalid_client`, also where the request says nothing of itself */
export async function requireClient(
  request: RequestView,
  parts: Pick<RouteParts, 'database'>,
  form: ClientForm,
): Promise<RegisteredClient> {
  const client = await clientOfRequest(request, parts, form)
  if (client === undefined) throw new RequestError('invalid_client', 'This endpoint requires client credentials')
  return client
}

function readBasic(header: string): { id: string; secret: string } {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? []
  const text = Buffer.from(encoded ?? '', 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0)
    throw new RequestError('invalid_client', 'The Authorization header does not contain client credentials')
  return { id: unescaped(text.slice(0, colon)), secret: unescaped(text.slice(colon + 1)) }
}

/** Both are encoded as in a form before they are joined; most clients leave that out, where it changes nothing. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
