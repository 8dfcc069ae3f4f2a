import type { Endpoint } from '../http/endpoint.ts'
import { checkRevocation } from './check-revocation.ts'
import { introspect } from './introspect.ts'
import { revocations } from './revocations.ts'
import { revoke } from './revoke.ts'
import { verify } from './verify.ts'

/** The endpoints for other services. */
export const services: readonly Endpoint[] = [verify, introspect, revoke, revocations, checkRevocation]
