import { UUID } from 'uuidv7'

/** The lowest id that can be created at a time. Ids are UUIDv7, which begin with their time (RFC 9562 section 5.7). */
export function firstIdAt(date: Date): string {
  return UUID.fromFieldsV7(Math.max(0, date.getTime()), 0, 0, 0).toString()
}

/**
 * Whether a value can be an id. Check this before a query: PostgreSQL rejects text that contains NUL, and an application
 * may pass anything.
 */
export function isUuid(text: unknown): boolean {
  return typeof text === 'string' && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
