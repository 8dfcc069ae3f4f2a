import { faultOfAddress, isOfPostgres } from '../../store/engine/open-database.ts'
import { readPostgresAddress } from '../../store/postgres/address.ts'

/**
 * What is wrong with a database address, as far as that can be checked without connecting. The address, which may
 * contain a password, is not repeated.
 */
export function databaseMistakes(text: string): readonly string[] {
  if (isOfPostgres(text)) return readPostgresAddress(text).mistakes
  const fault = faultOfAddress(text)
  return fault === undefined ? [] : [fault]
}
