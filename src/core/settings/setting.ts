import type { z } from 'zod'

/** An option of `createAuth`. Its row is the only place that describes it. */
export interface OptionRow<Value> {
  /** What it does. The lines in the documents begin with this text; `test/settings.test.ts` compares them. */
  readonly about: string
  readonly schema: z.ZodType<Value>
  readonly default?: Value
  /** Its path in the options of 0.1.0, such as `passwords.minLength`. */
  readonly formerOption?: string
}

/** An option that the command line and the environment can also set under the same name, for `hallpass serve`. */
export interface SettingRow<Value> extends OptionRow<Value> {
  /** The form of its value. The help shows this as a placeholder. */
  readonly unit: Unit
  /** Other users of the machine can read the arguments of a process, so a secret has no flag. */
  readonly isSecret?: true
  /** Its name in the settings of 0.1.0. */
  readonly formerSetting?: string
}

export type Unit =
  | 'ADDRESS'
  | 'HOPS|NETWORKS'
  | 'LEVEL'
  | 'MAILBOX'
  | 'NAME'
  | 'NAME=FILE'
  | 'NAMES'
  | 'NUMBER'
  | 'ORIGINS'
  | 'PATH'
  | 'PATH|URL|off'
  | 'SECONDS'
  | 'TEXT'
  | 'URL'
  | 'open|closed'
  | 'true|false'

/** A member that is always present needs a default. */
type Fallback<Values, Name extends keyof Values> =
  Record<never, never> extends Pick<Values, Name> ? unknown : { readonly default: Values[Name] }

/** One row for each member of `Values`. The compiler rejects a missing row, and one without a member. */
export type OptionRows<Values> = {
  readonly [Name in keyof Values]-?: OptionRow<Exclude<Values[Name], undefined>> & Fallback<Values, Name>
}

export type SettingRows<Values> = {
  readonly [Name in keyof Values]-?: SettingRow<Exclude<Values[Name], undefined>> & Fallback<Values, Name>
}

/** The defaults of a table. */
export function defaultsOf<Values>(rows: OptionRows<Values>): Values {
  const entries = Object.entries<OptionRow<unknown>>(rows).map(([name, row]) => [name, row.default])
  return given(Object.fromEntries(entries)) as Values
}

/** The schemas of a table, each optional. */
export function schemasOf<Name extends string>(
  rows: Readonly<Record<Name, Pick<OptionRow<unknown>, 'schema'>>>,
): Readonly<Record<Name, z.ZodOptional<z.ZodType>>> {
  const entries = Object.entries<Pick<OptionRow<unknown>, 'schema'>>(rows)
  return Object.fromEntries(entries.map(([name, { schema }]) => [name, schema.optional()])) as Record<
    Name,
    z.ZodOptional<z.ZodType>
  >
}

/** Removes members that are `undefined`, because they would override a default. */
export function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options
}

/** Copies the named members of an object, if present. */
export function pick<Values extends object, Name extends keyof Values>(
  values: Values,
  names: readonly Name[],
): Pick<Values, Name> {
  return Object.fromEntries(names.flatMap((name) => (name in values ? [[name, values[name]]] : []))) as Pick<
    Values,
    Name
  >
}
