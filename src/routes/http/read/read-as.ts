import type { z } from 'zod'
import { parseAs } from '../../../core/input/parse-as.ts'
import type { MemberFault, RequestError } from '../../../errors.ts'

/**
 * Checks a value against a schema.
 * @param refuse Makes the refusal that names every invalid member.
 */
export function readAs(
  value: unknown,
  schema: z.ZodType,
  refuse: (members: readonly MemberFault[]) => RequestError,
): unknown {
  const { value: read, faults } = parseAs(schema, value)
  if (faults !== undefined) throw refuse(faults)
  return read
}
