import { readReturnTo } from '../../routes/http/read/return-to.ts'
import type { Visit } from '../page.ts'

/** Pages of an account that a person may have asked for before signing in. */
const accountPath = /^\/account(?:\/[a-z-]+)*$/

/** Where a person goes after signing in: back to the application, to the page that was asked for, or to the account. */
export function destinationOf(visit: Visit): string {
  const { site } = visit
  return readReturnTo(visit.query('return_to'), site.origins) ?? site.to(nextOf(visit) ?? '/account')
}

/** The page of the account that was asked for. */
export function nextOf(visit: Visit): string | undefined {
  return readNext(visit.query('next'))
}

/** `undefined` for any other text. */
export function readNext(next: string | undefined): string | undefined {
  return next && accountPath.test(next) && next !== '/account/confirm' ? next : undefined
}

/** Whether the person stays signed in when the browser is closed: an application that sent the person here may say no. */
export function isRemembered(visit: Visit): boolean {
  return visit.query('remember') !== 'false'
}

/** The address of a page on the way to the same destination. */
export function withDestination(
  visit: Visit,
  path: string,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const { site } = visit
  return site.to(path, {
    return_to: readReturnTo(visit.query('return_to'), site.origins),
    next: nextOf(visit),
    remember: isRemembered(visit) ? undefined : 'false',
    ...more,
  })
}
