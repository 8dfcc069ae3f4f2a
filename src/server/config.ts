import { ConfigurationError } from '../errors.ts'
import { openFileWarnings } from './open-files.ts'
import { databaseFile, findPreviousSecret, findSecret, type SecretSource } from './secret.ts'
import { flagOf, settings, table, type Values, variableOf } from './settings.ts'

/** The configuration of a server. */
export interface Config extends Omit<Values, `secret${string}`> {
  readonly secret: SecretSource
  readonly previousSecret: string | undefined
  readonly isProduction: boolean
  /** What works, and should be otherwise. */
  readonly warnings: readonly string[]
}

/** Where values come from. */
export interface Sources {
  /** By the names of `Values`; what was not given is absent. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: NodeJS.ProcessEnv
  /** What could not be read there. */
  readonly mistakes: readonly string[]
}

/**
 * Reads the configuration of a server and checks all of it, before anything is opened or made. Flags win over the
 * environment.
 * @throws {ConfigurationError} `option_invalid`, a line for every mistake
 */
export function readConfig(sources: Sources): Config {
  const isProduction = sources.environment.NODE_ENV === 'production'
  const { values, mistakes } = readValues(sources, names)
  const { secret, faults } = findSecret(values, isProduction)
  const previous = findPreviousSecret(values)
  refuse([...mistakes, ...contradictions(values), ...faults, ...previous.faults])
  const { secret: _, secretFile: __, secretPrevious: ___, secretPreviousFile: ____, ...rest } = values as Values
  const file = databaseFile(rest.database)
  const ofDatabase = file === undefined ? [] : openFileWarnings(file)
  const warnings = [...secret.warnings, ...previous.warnings, ...ofDatabase, ...unreachable(rest, sources)]
  return { ...rest, secret, previousSecret: previous.text, isProduction, warnings }
}

/** The default is for a machine of one's own. In a pod no probe and no Service comes by the loopback. */
function unreachable({ host }: Pick<Config, 'host'>, { environment }: Sources): string[] {
  const isInPod = environment.KUBERNETES_SERVICE_HOST !== undefined
  if (!isInPod || host !== table.host.default) return []
  return [`${host} is reachable only from inside this pod: set HALLPASS_HOST to '::' or 0.0.0.0`]
}

/** Settings that cannot be had together. */
function contradictions({ workers = 1, database }: Partial<Values>): string[] {
  if (workers === 1 || database !== 'sqlite::memory:') return []
  return ["Workers cannot share a database in memory: remove --workers, or use a file such as 'sqlite:app.db'"]
}

/** Some of the values, for commands that need no more. @throws {ConfigurationError} `option_invalid` */
export function readSome<Name extends keyof Values>(wanted: readonly Name[], sources: Sources): Pick<Values, Name> {
  const { values, mistakes } = readValues(sources, wanted)
  refuse(mistakes)
  return values as Pick<Values, Name>
}

const names = Object.keys(table) as (keyof Values)[]
const secretNames: ReadonlySet<string> = new Set(settings.filter(({ isSecret }) => isSecret).map(({ name }) => name))

function readValues(
  { flags, environment, mistakes: unread }: Sources,
  wanted: readonly (keyof Values)[],
): { values: Partial<Values>; mistakes: string[] } {
  const mistakes = [...unread, ...unknownVariables(environment)]
  const entries = wanted.flatMap((name) => {
    const given = flags[name] ?? environment[variableOf(name)]
    const label = flags[name] === undefined ? variableOf(name) : flagOf(name)
    if (given?.trim() === '') mistakes.push(`${label} is empty: set a value, or remove it`)
    // A file that was made a variable ends its line. A secret is taken to the letter: keys are encrypted under it.
    const raw = (secretNames.has(name) ? given : given?.trim()) ?? table[name].default
    if (raw === undefined || raw.trim() === '') return []
    const { success, data, error } = table[name].schema.safeParse(raw)
    if (success) return [[name, data]]
    mistakes.push(...new Set(error.issues.map(({ message }) => `${label}: ${message}`)))
    return []
  })
  return { values: Object.fromEntries(entries), mistakes }
}

/** A misspelt variable would change nothing, in silence. */
function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = names.map(variableOf)
  const unknown = Object.keys(environment).filter((name) => /^HALLPASS_/i.test(name) && !known.includes(name))
  return unknown.map((name) => `${name} is not a setting: did you mean ${nearest(name.toUpperCase(), known)}?`)
}

function nearest(name: string, known: readonly string[]): string | undefined {
  const pairs = (word: string) => Array.from({ length: word.length - 1 }, (_, index) => word.slice(index, index + 2))
  const likeness = (other: string) =>
    pairs(other).filter((pair) => name.includes(pair)).length / (other.length + name.length)
  return known.toSorted((one, other) => likeness(other) - likeness(one))[0]
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new ConfigurationError('option_invalid', mistakes.join('\n'))
}
