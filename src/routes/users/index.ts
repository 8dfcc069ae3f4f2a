import type { Endpoint } from '../http/endpoint.ts'
import { me } from './me.ts'
import { register } from './register.ts'

/** The endpoints of users. */
export const users: readonly Endpoint[] = [register, me]
