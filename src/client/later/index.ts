import type { Members } from '../caller.ts'
import type { CallRow } from '../calls.ts'
import type { Result } from '../http/result.ts'
import type { SignInWithOptions } from '../ways.ts'
import type { ClientParts } from './parts.ts'
import { passkeyCalls } from './passkeys.ts'
import { refresh } from './refresh.ts'
import { laterRows } from './rows.ts'
import { signInWith } from './sign-in-with.ts'

/** Performs one of the calls in `laterNames`. */
export async function callLater(name: string, args: readonly unknown[], parts: ClientParts): Promise<Result<unknown>> {
  const row = laterRows[name]
  if (row !== undefined) {
    const result = await parts.call(...filledIn(row, args))
    if (result.ok && row === laterRows.deleteMe) await parts.session.end()
    if (result.ok && /account|optional/.test(row)) parts.user.changed()
    return result
  }
  if (name === 'refresh') return refresh(parts)
  if (name === 'signInWith') return signInWith(parts, args[0] as string, args[1] as SignInWithOptions | undefined)
  const ceremony = passkeyCalls[name.replace('passkeys.', '') as keyof typeof passkeyCalls]
  return ceremony(parts, args[0] as Members & { readonly mfa_token: string })
}

/** Puts the id into the path, and the parameters of a GET into its query. */
function filledIn(row: CallRow, args: readonly unknown[]): [row: CallRow, given?: Members | undefined] {
  const path = row.replace(':id', encodeURIComponent(args[0] as string)) as CallRow
  const given = args[Number(path !== row)] as Members | undefined
  if (!row.includes(' GET')) return [path, given]
  // JSON omits what is undefined.
  const query = new URLSearchParams(JSON.parse(JSON.stringify({ ...given })))
  return [path.replace(' ', `?${query} `) as CallRow]
}
