import type { Visit } from '../page.ts'
import { readReturnTo } from '../return-to.ts'

/** Pages of an account that a person may have asked for before signing in. */
const accountPath = /^\/account(?:\/[a-z-]+)*$/

/** Where a person goes after signing in: to the application that sent the person here, to the page that was asked for, or to the account. */
export function destinationOf(visit: Visit): string {
  const { site } = visit
  const next = visit.query('next')
  return (
    readReturnTo(visit.query('return_to'), site.origins) ?? site.to(next && accountPath.test(next) ? next : '/account')
  )
}

/** The address of a page on the way to the same destination. */
export function withDestination(
  visit: Visit,
  path: string,
  more: Readonly<Record<string, string | undefined>> = {},
): string {
  const { site } = visit
  const next = visit.query('next')
  return site.to(path, {
    return_to: readReturnTo(visit.query('return_to'), site.origins),
    next: next && accountPath.test(next) ? next : undefined,
    ...more,
  })
}
