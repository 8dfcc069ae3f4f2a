import { z } from 'zod'
import { type Device, deviceKinds } from '../../core/devices/device.ts'
import type { MemberFault } from '../../errors.ts'
import type { Schema } from './endpoint.ts'

/** Names of schemas in the API document: it has them once and points at them. */
export const schemaNames: z.core.$ZodRegistry<{ readonly name: string }> = z.registry<{ readonly name: string }>()

/** A password to check. Rules for new passwords apply elsewhere. */
export const PasswordText: z.ZodString = z.string().meta({ format: 'password' })

export const Time: z.ZodISODateTime = z.iso.datetime()

/** For the bodies of logins: shows that the user trusts the device. */
export const TrustedDeviceToken: z.ZodOptional<z.ZodString> = z.string().optional().meta({
  description:
    'From `remember_device` at an earlier login of this user on this device: takes the place of the second factor. The cookie by default',
})

/** For the bodies of logins: where the tokens go, and for how long. */
export const cookieMembers: {
  readonly cookies: z.ZodOptional<z.ZodBoolean>
  readonly remember: z.ZodOptional<z.ZodBoolean>
} = {
  cookies: z
    .boolean()
    .optional()
    .meta({ default: false, description: 'Returns the tokens in cookies instead of the body' }),
  remember: z.boolean().optional().meta({
    default: true,
    description: 'Whether the cookies last as long as the session; with `false` they end with the browser',
  }),
}

/** The device that a `User-Agent` header names. */
export const DeviceBody: z.ZodNullable<z.ZodType<Device>> = z
  .object({ browser: z.string(), system: z.string().nullable(), kind: z.enum(deviceKinds) })
  .nullable()
  .meta({ description: 'What `user_agent` names; null for what is neither a browser nor a known robot' })

/** Every refusal. */
export interface ErrorBody {
  readonly code: string
  readonly msg: string
  readonly members?: readonly MemberFault[] | undefined
  readonly mfa_token?: string | undefined
  readonly expires_in?: number | undefined
  readonly methods?: readonly string[] | undefined
  readonly provider?: string | undefined
  readonly retry_after?: number | undefined
  readonly error?: string | undefined
  readonly error_description?: string | undefined
}

export const ErrorBody: Schema<ErrorBody> = z
  .object({
    code: z.string().meta({ description: 'Stable, for programs' }),
    msg: z.string().meta({ description: 'For people; may change' }),
    members: z
      .array(z.object({ member: z.string(), msg: z.string() }))
      .optional()
      .meta({ description: 'The invalid members, with `invalid_request`' }),
    mfa_token: z.string().optional().meta({
      description: 'With `mfa_required` and `mfa_enrollment_required`: allows only the next step; `hp_mfa_…`',
    }),
    expires_in: z.int().optional().meta({ description: 'Lifetime of the `mfa_token` in seconds' }),
    methods: z
      .array(z.string())
      .optional()
      .meta({ description: 'With `mfa_required`: the ways to prove a second factor' }),
    provider: z.string().optional().meta({ description: 'The name of the provider, with `account_exists`' }),
    retry_after: z.int().optional().meta({ description: 'The seconds of `Retry-After`, with an answer that has it' }),
    error: z.string().optional().meta({ description: 'The OAuth code, with `form_invalid` and `invalid_client`' }),
    error_description: z.string().optional().meta({ description: 'The same as `msg`, for OAuth clients' }),
  })
  .register(schemaNames, { name: 'Error' })
