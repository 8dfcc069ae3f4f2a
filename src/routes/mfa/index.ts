import type { Endpoint } from '../http/endpoint.ts'
import { beginTotp } from './begin-totp.ts'
import { confirmTotp } from './confirm-totp.ts'
import { listFactors } from './list-factors.ts'
import { makeRecoveryCodes } from './recovery-codes.ts'
import { removeTotp } from './remove-totp.ts'
import { verifyMfa } from './verify.ts'

/** The endpoints of second factors. */
export const mfa: readonly Endpoint[] = [verifyMfa, listFactors, beginTotp, confirmTotp, removeTotp, makeRecoveryCodes]
