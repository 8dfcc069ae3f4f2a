import { UUID } from 'uuidv7'

/** Ids are UUIDv7 and begin with their time (RFC 9562 section 5.7): the least that one of this moment can be. */
export function firstIdAt(date: Date): string {
  return UUID.fromFieldsV7(Math.max(0, date.getTime()), 0, 0, 0).toString()
}

/** Whether a text can be an id. PostgreSQL takes no NUL for text: what cannot be one is not asked for. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
}
