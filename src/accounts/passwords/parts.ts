import type { ChangeParts } from '../../core/change.ts'
import type { Decoys } from './decoys.ts'
import type { Limits } from './limits/limits.ts'
import type { Passwords } from './passwords.ts'

/** What passwords are proven with. */
export interface PasswordParts extends ChangeParts {
  readonly passwords: Passwords
  readonly decoys: Decoys
  readonly limits: Limits
}
