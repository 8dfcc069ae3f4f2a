import { commit } from '../../core/change.ts'
import { makeEvent, type RequestOrigin } from '../../core/events.ts'
import type { IdentityParts } from './parts.ts'
import type { ProviderFault } from './providers/faults.ts'
import type { Provider } from './providers/provider.ts'

/**
 * Records why a sign-in with a provider failed. Anyone can cause failures, so some are announced but not stored: those
 * of a full queue, and those after the first hundred of an hour.
 */
export async function noteFailure(
  parts: IdentityParts,
  provider: Provider,
  { code: outcome, reason, detail, isOnlyAnnounced }: ProviderFault,
  origin: RequestOrigin,
): Promise<void> {
  const at = parts.now()
  const details = { provider: provider.name, outcome, reason, ...(detail !== undefined && { detail }) }
  const event = makeEvent('login_failed', at, origin, { details })
  if (isOnlyAnnounced || !provider.keepsFailure(at)) return parts.announce(event)
  await commit(parts, async () => ({ result: undefined, events: [event] }))
}
