import { checkOrigin } from '../../guard/cookies/csrf.ts'
import { defineEndpoint, type Endpoint } from '../http/endpoint.ts'
import { takeOutcome } from './redirects.ts'

export const providerOutcome: Endpoint = defineEndpoint(
  {
    id: 'providerOutcome',
    method: 'post',
    path: '/oauth/outcome',
    summary:
      'Reports once why the browser came back from a provider without being signed in, and what the next step is',
    answers: { 204: { description: 'There is nothing to report to this browser' } },
    refusals: [
      'mfa_required',
      'mfa_enrollment_required',
      'email_not_verified',
      'account_exists',
      'identity_taken',
      'factor_limit_reached',
      'registration_closed',
      'provider_refused',
      'provider_unavailable',
      'rate_limited',
      'cross_site_refused',
    ],
  },
  async (given, parts) => {
    // It may have a token for the next step.
    checkOrigin(given.request, parts.jwt.settings.trustedOrigins)
    const refusal = await takeOutcome(given, parts)
    if (refusal !== undefined) throw refusal
    return { status: 204 }
  },
)
