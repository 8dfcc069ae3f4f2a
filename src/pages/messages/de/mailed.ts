import type { Messages } from '../messages.ts'

export const mailed: Messages['mailed'] = {}
