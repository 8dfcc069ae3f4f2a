import type { Endpoint } from '../http/endpoint.ts'
import { beginProviderSignIn } from './begin.ts'
import { finishProviderForm, finishProviderSignIn } from './callback.ts'
import { linkIdentity } from './link.ts'
import { listIdentities } from './list.ts'
import { listProviders } from './list-providers.ts'
import { providerOutcome } from './outcome.ts'
import { unlinkIdentity } from './unlink.ts'

/** The endpoints of other providers: signing in with them, and linking accounts there. */
export const identities: readonly Endpoint[] = [
  listProviders,
  providerOutcome,
  beginProviderSignIn,
  finishProviderSignIn,
  finishProviderForm,
  listIdentities,
  linkIdentity,
  unlinkIdentity,
]
