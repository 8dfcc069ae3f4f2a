import { z } from 'zod'
import { removeDevice as remove, removeDevices as removeAll } from '../../accounts/devices/own-devices.ts'
import { defineEndpoint, type Endpoint, type Schema } from '../http/endpoint.ts'

const Params: Schema<{ readonly id: string }> = z.object({ id: z.string() })

export const removeDevice: Endpoint = defineEndpoint(
  {
    id: 'removeDevice',
    method: 'delete',
    path: '/devices/:id',
    summary: 'Stops trusting a device',
    guard: {},
    params: Params,
    answers: { 204: { description: 'The device is no longer trusted' } },
    refusals: ['device_not_found'],
  },
  async ({ params, caller, origin }, parts) => {
    await remove(parts, caller.userId, params.id, origin)
    return { status: 204 }
  },
)

export const removeDevices: Endpoint = defineEndpoint(
  {
    id: 'removeDevices',
    method: 'delete',
    path: '/devices',
    summary: 'Stops trusting every device of the user',
    guard: {},
    answers: { 204: { description: 'No device is trusted any more' } },
    refusals: [],
  },
  async ({ caller, origin }, parts) => {
    await removeAll(parts, caller.userId, origin)
    return { status: 204 }
  },
)
