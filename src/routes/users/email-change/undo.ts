import { undoEmailChange as undo } from '../../../accounts/email/change/undo-change.ts'
import { defineEndpoint, type Endpoint } from '../../http/endpoint.ts'
import { LinkBody } from './link-body.ts'

export const undoEmailChange: Endpoint = defineEndpoint(
  {
    id: 'undoEmailChange',
    method: 'post',
    path: '/email/change/undo',
    summary:
      'Undoes a change of address, by the link that the previous one was sent; ends all sessions and removes the password',
    body: { schema: LinkBody, required: true },
    answers: { 204: { description: 'Undone. A link that sets a new password was sent to the address' } },
    refusals: ['code_invalid', 'mail_disabled'],
  },
  async ({ body, origin }, parts) => {
    await undo(parts, body.token, origin)
    return { status: 204 }
  },
)
