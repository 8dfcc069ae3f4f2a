import { z } from 'zod'
import { changeUsername as change } from '../../accounts/own/change-username.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

export interface UsernameBody {
  readonly username: string
}

const UsernameBody: Schema<UsernameBody> = z.object({ username: z.string() })

export const changeUsername: Endpoint = defineEndpoint(
  {
    id: 'changeUsername',
    method: 'post',
    path: '/username',
    summary: 'Changes the username',
    guard: { fresh: true },
    body: { schema: UsernameBody, required: true },
    answers: { 204: { description: 'Changed. Sessions and tokens stay valid' } },
    refusals: [
      'token_not_fresh',
      'insufficient_user_authentication',
      'session_required',
      'username_taken',
      'rate_limited',
    ],
  },
  async ({ body, caller, origin }, parts) => {
    await change(parts, caller, body.username, origin)
    return { status: 204 }
  },
)
