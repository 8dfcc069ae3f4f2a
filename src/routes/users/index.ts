import type { Endpoint } from '../http/endpoint.ts'
import { deleteMe } from './delete-me.ts'
import { cancelEmailChange } from './email-change/cancel.ts'
import { confirmEmailChange } from './email-change/confirm.ts'
import { requestEmailChange } from './email-change/request.ts'
import { undoEmailChange } from './email-change/undo.ts'
import { me } from './me.ts'
import { redeemOneTimeLink } from './one-time-link.ts'
import { register } from './register.ts'
import { changeUsername } from './username.ts'

/** The endpoints of users. */
export const users: readonly Endpoint[] = [
  register,
  me,
  deleteMe,
  changeUsername,
  requestEmailChange,
  confirmEmailChange,
  cancelEmailChange,
  undoEmailChange,
  redeemOneTimeLink,
]
