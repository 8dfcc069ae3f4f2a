import { z } from 'zod'
import { listOwnDevices } from '../../accounts/devices/own-devices.ts'
import { trustHashOf } from '../../accounts/devices/trust.ts'
import type { Device } from '../../core/devices/device.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'
import { DeviceBody as NamedDevice, Time } from '../http/schemas.ts'
import { trustedDeviceOf } from '../sessions/cookies/trusted-device-cookie.ts'

/** A device on which the user is not asked for the second factor. */
export interface DeviceBody {
  readonly id: string
  readonly name: string | null
  readonly device: Device | null
  readonly user_agent: string | null
  readonly address: string | null
  readonly created_at: string
  readonly last_used_at: string
  readonly expires_at: string
  readonly current: boolean
}

const DeviceBody: Schema<DeviceBody> = z.object({
  id: z.uuid(),
  name: z.string().nullable().meta({ description: 'In plain words, such as `Firefox on Windows`' }),
  device: NamedDevice,
  user_agent: z.string().nullable(),
  address: z.string().nullable(),
  created_at: Time,
  last_used_at: Time.meta({ description: 'When it last replaced the second factor' }),
  expires_at: Time.meta({ description: 'When the second factor is required again; never extended' }),
  current: z.boolean().meta({ description: 'Whether this request has its cookie' }),
})

export interface DevicesBody {
  readonly devices: readonly DeviceBody[]
}

const DevicesBody: Schema<DevicesBody> = z.object({
  devices: z.array(DeviceBody).meta({ description: 'The newest first, at most 20' }),
})

export const listDevices: Endpoint = defineEndpoint(
  {
    id: 'listDevices',
    method: 'get',
    path: '/devices',
    summary: 'Lists the trusted devices of the user',
    guard: {},
    answers: { 200: { description: 'The devices that are currently trusted', schema: DevicesBody } },
    refusals: [],
  },
  async ({ request, caller }, parts) => {
    const { deviceOf } = await import('../../core/devices/device-name.ts')
    const currentHash = trustHashOf(trustedDeviceOf(request, parts.jwt)(caller.userId))
    const devices = (await listOwnDevices(parts, caller.userId)).map((one) => {
      const device = deviceOf(one.userAgent) ?? null
      return {
        id: one.id,
        name: nameOf(device),
        device,
        user_agent: one.userAgent,
        address: one.address,
        created_at: one.createdAt.toISOString(),
        last_used_at: one.lastUsedAt.toISOString(),
        expires_at: one.expiresAt.toISOString(),
        current: one.secretHash === currentHash,
      }
    })
    return { status: 200, body: { devices } }
  },
)

function nameOf(device: Device | null): string | null {
  if (device === null) return null
  return device.system === null ? device.browser : `${device.browser} on ${device.system}`
}
