import type { Result } from '../http/result.ts'
import type { SignInWithOptions } from '../ways.ts'
import type { ClientParts } from './parts.ts'

/** Leaves the page for that of the provider. */
export async function signInWith(
  { here, session }: ClientParts,
  provider: string,
  { returnTo = here.location?.href, remember }: SignInWithOptions = {},
): Promise<Result<undefined>> {
  const { base } = session.transport
  const { location } = here
  if (base === undefined || location?.assign === undefined) throw new Error('There is no page to leave')
  const query = new URLSearchParams({
    ...(returnTo !== undefined && { return_to: new URL(returnTo, location.href).href }),
    ...(remember !== undefined && { remember: `${remember}` }),
  })
  const root = base.href.replace(/\/+$/, '')
  location.assign(`${root}/oauth/${encodeURIComponent(provider)}?${query}`)
  return { ok: true, value: undefined }
}
