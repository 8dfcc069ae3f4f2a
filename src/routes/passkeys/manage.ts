import { z } from 'zod'
import { removePasskey as remove, renamePasskey as rename } from '../../accounts/passkeys/manage.ts'
import { listPasskeys as list } from '../../store/passkeys.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { PasskeyBody, PasskeyNameText, passkeyBody } from './passkey-body.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export interface PasskeysBody {
  readonly passkeys: readonly PasskeyBody[]
}

const PasskeysBody: Schema<PasskeysBody> = z.object({
  passkeys: z.array(PasskeyBody).meta({ description: 'The oldest first' }),
})

export const listPasskeys: Endpoint = defineEndpoint(
  {
    id: 'listPasskeys',
    method: 'get',
    path: '/passkeys',
    summary: 'Lists the passkeys of the user',
    guard: {},
    answers: { 200: { description: 'The passkeys, without their keys', schema: PasskeysBody } },
    refusals: [],
  },
  async ({ caller }, { database }) => ({
    status: 200,
    body: { passkeys: (await list(database.sql, caller.userId)).map(passkeyBody) },
  }),
)

export interface RenamePasskeyBody {
  readonly name: string
}

const RenamePasskeyBody: Schema<RenamePasskeyBody> = z.object({ name: PasskeyNameText })

export const renamePasskey: Endpoint = defineEndpoint(
  {
    id: 'renamePasskey',
    method: 'patch',
    path: '/passkeys/:id',
    summary: 'Renames a passkey',
    guard: {},
    params: Params,
    body: { schema: RenamePasskeyBody, required: true },
    answers: { 200: { description: 'The passkey', schema: PasskeyBody } },
    refusals: ['passkey_not_found'],
  },
  async ({ params, body, caller }, parts) => ({
    status: 200,
    body: passkeyBody(await rename(parts, caller, { id: params.id, name: body.name })),
  }),
)

export const removePasskey: Endpoint = defineEndpoint(
  {
    id: 'removePasskey',
    method: 'delete',
    path: '/passkeys/:id',
    summary: 'Removes a passkey, and ends the other sessions',
    waits: true,
    guard: {},
    params: Params,
    answers: {
      204: {
        description: 'Removed. After the last factor, use the refresh token of this session to get a new access token',
      },
    },
    refusals: [
      'session_required',
      'insufficient_user_authentication',
      'passkey_not_found',
      'last_way_in',
      'mfa_enrollment_required',
    ],
  },
  async ({ params, caller, origin, setCookies }, parts) => {
    const accessToken = await remove(parts, caller, params.id, origin, caller.keeping)
    if (caller.location === 'cookies') setCookies(parts.jwt.accessCookies(accessToken))
    return { status: 204 }
  },
)
