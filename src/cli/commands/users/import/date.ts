/** ISO 8601, also with a blank and with microseconds as Python and SQL write it. A zone may be missing. */
const isoForm =
  /^(?<day>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?<zone>Z|[+-]\d\d(?::?\d\d)?)?)?$/i

/** As Flask's JSON has dates (RFC 9110 section 5.6.7). */
const httpForm = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/

/** Larger numbers are milliseconds: as seconds they would be of the year 5138. */
const mostSeconds = 1e11

/**
 * A time as other systems export it: ISO 8601, an HTTP date, or the seconds or milliseconds since 1970. Without a zone it is
 * UTC, which is what servers keep.
 * @returns `undefined` for what is no time.
 */
export function readDate(value: string | number): Date | undefined {
  if (typeof value === 'number') return readNumber(value)
  if (/^\d+(?:\.\d+)?$/.test(value)) return readNumber(Number(value))
  if (httpForm.test(value)) return valid(new Date(value))
  const { day, time = '00:00', zone = 'Z' } = isoForm.exec(value)?.groups ?? {}
  if (day === undefined) return undefined
  // Some days that no month has are read as days of the next one.
  if (
    valid(new Date(`${day}T00:00Z`))
      ?.toISOString()
      .startsWith(day) !== true
  )
    return undefined
  return valid(
    new Date(
      `${day}T${time}${zone.replace(/^([+-]\d\d):?(\d\d)?$/, (_, hours, minutes = '00') => `${hours}:${minutes}`).toUpperCase()}`,
    ),
  )
}

function readNumber(number: number): Date | undefined {
  return valid(new Date(number < mostSeconds ? number * 1000 : number))
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date
}
