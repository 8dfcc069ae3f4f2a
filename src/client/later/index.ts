import type { Members } from '../caller.ts'
import type { CallRow } from '../calls.ts'
import type { Result } from '../http/result.ts'
import type { SignInWithOptions } from '../ways.ts'
import type { ClientParts } from './parts.ts'
import { passkeyCalls } from './passkeys.ts'
import { laterRows } from './rows.ts'
import { signInWith } from './sign-in-with.ts'

/** Does one of the calls in `laterNames`. */
export async function callLater(name: string, args: readonly unknown[], parts: ClientParts): Promise<Result<unknown>> {
  const row = laterRows[name]
  if (row !== undefined) {
    const result = await parts.call(...filledIn(row, args))
    if (result.ok && row === laterRows.deleteMe) await parts.session.end()
    if (result.ok && /account|optional/.test(row)) parts.user.changed()
    return result
  }
  if (name === 'signInWith') return signInWith(parts, args[0] as string, args[1] as SignInWithOptions | undefined)
  const ceremony = passkeyCalls[name.replace('passkeys.', '') as keyof typeof passkeyCalls]
  return ceremony(parts, args[0] as Members & { readonly mfa_token: string })
}

/** The id is in the path, and what a GET is given is in its query. */
function filledIn(row: CallRow, args: readonly unknown[]): [row: CallRow, given?: Members | undefined] {
  const path = row.replace(':id', encodeURIComponent(args[0] as string)) as CallRow
  const given = args[Number(path !== row)] as Members | undefined
  if (!row.includes(' GET')) return [path, given]
  // JSON leaves out what is undefined.
  const query = new URLSearchParams(JSON.parse(JSON.stringify({ ...given })))
  return [path.replace(' ', `?${query} `) as CallRow]
}
