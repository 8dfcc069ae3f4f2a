import { z } from 'zod'

const tenYears = 10 * 366 * 24 * 60 * 60

/** Of an option that is a time in seconds. */
export const seconds: z.ZodInt = z.int().min(1).max(tenYears)
