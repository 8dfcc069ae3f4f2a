import type { Endpoint } from '../http/endpoint.ts'
import { listDevices } from './list-devices.ts'
import { removeDevice, removeDevices } from './remove-devices.ts'

/** The endpoints of trusted devices. */
export const devices: readonly Endpoint[] = [listDevices, removeDevice, removeDevices]
