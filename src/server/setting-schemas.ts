import { z } from 'zod'

export const text: z.ZodString = z.string()

/** In seconds. */
export const decade: number = 10 * 366 * 24 * 60 * 60

/** A whole number. */
export function number(min: number, max: number = Number.MAX_SAFE_INTEGER): z.ZodType<number, string> {
  return text.regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.int().min(min).max(max))
}

/** With commas. */
export const list: z.ZodType<string[], string> = text
  .transform((items) => items.split(',').map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), 'has an empty item: separate items with single commas')

export const networks: z.ZodType<string[], string> = list.pipe(
  z.array(z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()])),
)

/** An address to listen on, in brackets too, as in a URL. */
export const host: z.ZodType<string, string> = text
  .transform((address) => address.replace(/^\[(.*)\]$/, '$1'))
  .pipe(z.union([z.ipv4(), z.ipv6(), z.hostname()], 'must be an address such as 0.0.0.0, ::1 or localhost'))

/** @param mistakesOf All that is wrong. */
export function checked(mistakesOf: (value: string) => readonly string[]): z.ZodType<string, string> {
  return text.superRefine((value, context) => {
    for (const message of mistakesOf(value)) context.addIssue({ code: 'custom', message })
  })
}
