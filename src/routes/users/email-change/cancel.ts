import { cancelEmailChange as cancel } from '../../../accounts/email/change/cancel-change.ts'
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts'
import { LinkBody } from './link-body.ts'

export const cancelEmailChange: Endpoint = defineEndpoint(
  {
    id: 'cancelEmailChange',
    method: 'post',
    path: '/email/change/cancel',
    summary: 'Cancels a change of address that was not confirmed, by the link that the current address was sent',
    body: { schema: LinkBody, required: true },
    answers: { 204: { description: 'Cancelled. The address stays as it is' } },
    refusals: ['code_invalid'],
  },
  async ({ body, origin }, parts) => {
    await cancel(parts, body.token, origin)
    return { status: 204 }
  },
)
