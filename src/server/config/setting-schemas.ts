import { z } from 'zod'
import { parseAs } from '../../core/input/parse-as.ts'
import type { SettingRow, Unit } from '../../core/settings/setting.ts'

const text = z.string()
/** Larger ones than can be represented are as much too large as the largest. */
const wholeNumber = text
  .regex(/^\d+$/, 'must be a whole number')
  .transform((digits) => Math.min(Number(digits), Number.MAX_SAFE_INTEGER))
/** Separated by commas. */
const list = text
  .transform((items) => items.split(',').map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), 'has an empty item: separate items with single commas')

/** Turns text into a value, which the schema of the row then checks. */
const readers: Readonly<Record<Unit, z.ZodType<unknown, string>>> = {
  ADDRESS: text,
  'HOPS|NETWORKS': z.union([wholeNumber, list]),
  LEVEL: text,
  MAILBOX: text,
  NAME: text,
  'NAME=FILE': list,
  NAMES: list.transform((names) => (names.length === 1 ? names[0] : names)),
  NUMBER: wholeNumber,
  ORIGINS: list,
  PATH: text,
  'PATH|URL|off': text,
  SECONDS: wholeNumber,
  TEXT: text,
  URL: text,
  'open|closed': text,
  'true|false': text.regex(/^(?:true|false)$/, 'must be true or false').transform((word) => word === 'true'),
}

/** Reads and checks the text of a setting. @returns The value, or what is wrong with the text. */
export function readSetting(
  { unit, schema }: SettingRow<unknown>,
  written: string,
): { readonly value: unknown } | { readonly mistakes: readonly string[] } {
  const { value, faults } = parseAs(readers[unit].pipe(schema), written)
  return faults === undefined ? { value } : { mistakes: [...new Set(faults.map(({ msg }) => msg))] }
}

/** What systems read as an IPv4 address in a short or other form: `0` is every address, and `127.1` is 127.0.0.1. */
const endsInNumber = /(?:^|\.)(?:\d+|0x[\da-f]*)\.?$/i

const hostName = z.hostname().refine((name) => !endsInNumber.test(name))

/** An address to listen on, also in brackets as in a URL. */
export const host: z.ZodType<string, string> = text
  .transform((address) => address.replace(/^\[(.*)\]$/, '$1'))
  .pipe(z.union([z.ipv4(), z.ipv6(), hostName], 'must be an address such as 0.0.0.0, ::1 or localhost'))

/** @param mistakesOf Returns all mistakes. */
export function checked(mistakesOf: (value: string) => readonly string[]): z.ZodType<string, string> {
  return text.superRefine((value, context) => {
    for (const message of mistakesOf(value)) context.addIssue({ code: 'custom', message })
  })
}
