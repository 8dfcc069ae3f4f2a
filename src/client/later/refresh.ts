import type { Result } from '../http/result.ts'
import { failureOf } from './failure.ts'
import type { ClientParts } from './parts.ts'

/** Refreshes at the request of the application. */
export async function refresh({ session, readAnswer }: ClientParts): Promise<Result<undefined>> {
  const { refresher, credentials, opened } = session
  await opened
  try {
    const renewal = await refresher.renew(credentials.mark())
    if (renewal === 'ended') return failureOf('refresh_token_invalid', 'ended')
    const failure = typeof renewal === 'object' && (await readAnswer(renewal.clone())).failure
    return failure || { ok: true, value: undefined }
  } catch (error) {
    return failureOf('network_error', error)
  }
}
