import { type MemberFault, RequestError } from '../errors.ts'
import { isText } from './text.ts'

/** Which page of a list. */
export interface PageOptions {
  /** Starts after this entry, the last of the previous page. */
  readonly after?: string | undefined
  /** The maximum number of entries. 100 by default. */
  readonly limit?: number | undefined
}

export const defaultPageSize = 100

/**
 * Checks the options of a page, whose size is limited however long the list is.
 * @throws {RequestError} `invalid_request`
 */
export function readPage(
  options: PageOptions,
  { longest, isCursor = isText }: { readonly longest: number; readonly isCursor?: (after: unknown) => boolean },
): { readonly after: string | undefined; readonly limit: number } {
  const { after, limit = defaultPageSize } = Object(options) as PageOptions
  const members: MemberFault[] = []
  if (!Number.isInteger(limit) || limit < 1 || limit > longest) {
    members.push({ member: 'limit', msg: `must be a whole number from 1 to ${longest}` })
  }
  if (after !== undefined && !isCursor(after))
    members.push({ member: 'after', msg: 'must be the `next` of the previous page' })
  if (members.length > 0) {
    const message = members.map(({ member, msg }) => `${member} ${msg}`).join('; ')
    throw new RequestError('invalid_request', message, { members })
  }
  return { after, limit }
}
