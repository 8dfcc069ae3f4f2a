/** Ids are UUIDv7 and begin with their time (RFC 9562 section 5.7): the least that one of this moment can be. */
export function firstIdAt(date: Date): string {
  const hex = Math.max(0, date.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
