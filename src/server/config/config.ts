import type { ProvidersOptions } from '../../accounts/identities/options.ts'
import { ConfigurationError } from '../../errors.ts'
import { networkFileWarnings } from '../files/network-files.ts'
import { openFileWarnings } from '../files/open-files.ts'
import { nearest } from './nearest.ts'
import { readProviders } from './providers.ts'
import { databaseFile, findPreviousSecret, findSecret, type SecretName, type SecretSource } from './secret.ts'
import { readSetting } from './setting-schemas.ts'
import { type Labels, type Setting, settings, table, type Values, variableOf } from './settings.ts'

/** The configuration of a server. */
export interface Config extends Omit<Values, SecretName | 'provider'> {
  readonly encryptionSecret: SecretSource
  readonly previousEncryptionSecret: string | undefined
  readonly providers: ProvidersOptions | undefined
  readonly isProduction: boolean
  /** Settings that work but should be different. */
  readonly warnings: readonly string[]
  /** A line for each setting under its former name. The warnings include them. */
  readonly notices: readonly string[]
}

/** Where values come from. */
export interface Sources {
  /** Keyed by the names of `Values`. A flag that was not given is absent. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: NodeJS.ProcessEnv
  /** What could not be read. */
  readonly mistakes: readonly string[]
}

/**
 * Reads the configuration of a server and checks all of it, before anything is opened or created. Flags override the
 * environment.
 * @throws {ConfigurationError} `option_invalid`, with a line for every mistake
 */
export function readConfig(sources: Sources): Config {
  const isProduction = sources.environment.NODE_ENV === 'production'
  const { values, labels, notices, mistakes } = readValues(sources, names)
  const { secret, faults } = findSecret(values, labels, isProduction)
  const previous = findPreviousSecret(values, labels)
  const described = readProviders(values.provider ?? [], labels.provider)
  refuse([...mistakes, ...contradictions(values, isProduction), ...faults, ...previous.faults, ...described.mistakes])
  const {
    encryptionSecret: _,
    encryptionSecretFile: __,
    previousEncryptionSecret: ___,
    previousEncryptionSecretFile: ____,
    provider: _____,
    ...rest
  } = values as Values
  const file = databaseFile(rest.database)
  const ofDatabase = file === undefined ? [] : [...openFileWarnings(file), ...networkFileWarnings(file)]
  const warnings = [
    ...notices,
    ...secret.warnings,
    ...previous.warnings,
    ...described.warnings,
    ...ofDatabase,
    ...unreachable(rest, sources),
    ...(isProduction ? unmailed(rest) : []),
  ]
  return {
    ...rest,
    encryptionSecret: secret,
    previousEncryptionSecret: previous.text,
    providers: described.providers,
    isProduction,
    warnings,
    notices,
  }
}

/** Settings that have no effect unless mail can be sent. */
const needMail = ['requireVerifiedEmail'] as const satisfies readonly (keyof Values)[]

function unmailed(values: Partial<Values>): string[] {
  if (values.smtp !== undefined) return []
  const needing = needMail.filter((name) => values[name])
  return needing.map((name) => `${variableOf(name)} needs mail: set HALLPASS_SMTP and HALLPASS_MAIL_FROM`)
}

/** The default host suits a developer's machine. In a pod, neither probes nor Services use the loopback interface. */
function unreachable({ host }: Pick<Config, 'host'>, { environment }: Sources): string[] {
  const isInPod = environment.KUBERNETES_SERVICE_HOST !== undefined
  if (!isInPod || host !== table.host.default) return []
  return [`${host} is reachable only from inside this pod: set HALLPASS_HOST to '::' or 0.0.0.0`]
}

/** Settings that exclude each other. */
function contradictions(
  { workers = 1, database, smtp, mailFrom, issuer, provider }: Partial<Values>,
  isProduction: boolean,
): string[] {
  const sharesMemory = workers !== 1 && database === 'sqlite::memory:'
  const isMailed = smtp !== undefined
  return [
    ...(sharesMemory
      ? ["Workers cannot share a database in memory: remove --workers, or use a file such as 'sqlite:app.db'"]
      : []),
    ...(isMailed && mailFrom === undefined ? ['HALLPASS_SMTP needs a sender: set HALLPASS_MAIL_FROM'] : []),
    // A request can state any host, and links made from it would lead wherever an attacker wants.
    ...(isMailed && issuer === undefined && isProduction
      ? ['HALLPASS_SMTP needs the public URL of the server, with which links in mails begin: set HALLPASS_ISSUER']
      : []),
    ...(provider !== undefined && issuer === undefined && isProduction
      ? [
          'HALLPASS_PROVIDER needs the public URL of the server, which providers send browsers back to: set HALLPASS_ISSUER',
        ]
      : []),
  ]
}

/**
 * Reads some of the values, for commands that need no others.
 * @returns Also a notice for each that has its former name.
 * @throws {ConfigurationError} `option_invalid`
 */
export function readSome<Name extends keyof Values>(
  wanted: readonly Name[],
  sources: Sources,
): { readonly values: Pick<Values, Name>; readonly notices: readonly string[] } {
  const { values, notices, mistakes } = readValues(sources, wanted)
  refuse(mistakes)
  return { values: values as Pick<Values, Name>, notices }
}

const names = settings.map(({ name }) => name)

function readValues(
  { flags, environment, mistakes: unread }: Sources,
  wanted: readonly (keyof Values)[],
): { values: Partial<Values>; labels: Labels; notices: string[]; mistakes: string[] } {
  const mistakes = [...unread, ...unknownVariables(environment)]
  const notices: string[] = []
  const labels: Labels = {}
  const entries = settings.flatMap((setting) => {
    const { name, former, isSecret } = setting
    if (!wanted.includes(name)) return []
    const present = writtenFor(setting, flags, environment)
    const old = former && writtenFor(former, flags, environment)
    const written = present ?? old
    if (old !== undefined) {
      const now = old.label === former?.flag ? setting.flag : setting.variable
      if (present === undefined) notices.push(`${old.label} is deprecated: rename it to ${now}`)
      else
        mistakes.push(
          `${old.label} is the former name of ${now}, and ${present.label} is also set: remove ${old.label}`,
        )
    }
    if (written !== undefined) labels[name] = written.label
    if (written?.text.trim() === '') mistakes.push(`${written.label} is empty: set a value, or remove it`)
    // A variable that was filled from a file ends with a line break. A secret is taken literally, because it encrypts
    // keys.
    const text = isSecret ? written?.text : written?.text.trim()
    if (written === undefined || text === undefined) return defaultOf(name)
    if (text.trim() === '') return []
    const read = readSetting(table[name], text)
    if ('value' in read) return [[name, read.value]]
    mistakes.push(...read.mistakes.map((mistake) => `${written.label}: ${mistake}`))
    return []
  })
  return { values: Object.fromEntries(entries), labels, notices, mistakes }
}

/** A flag overrides the environment. */
function writtenFor(
  { name, flag, variable }: Pick<Setting, 'flag' | 'variable'> & { readonly name: string },
  flags: Sources['flags'],
  environment: NodeJS.ProcessEnv,
): { readonly label: string; readonly text: string } | undefined {
  const [ofFlag, ofVariable] = [flags[name], environment[variable]]
  if (ofFlag !== undefined) return { label: flag, text: ofFlag }
  return ofVariable === undefined ? undefined : { label: variable, text: ofVariable }
}

function defaultOf(name: keyof Values): [name: string, value: unknown][] {
  const { default: standard } = table[name]
  return standard === undefined ? [] : [[name, standard]]
}

/** A misspelt variable would otherwise be ignored silently. */
function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  const known = settings.map(({ variable }) => variable)
  const taken = new Set([...known, ...settings.flatMap(({ former }) => former?.variable ?? [])])
  const unknown = Object.keys(environment).filter((name) => /^HALLPASS_/i.test(name) && !taken.has(name))
  return unknown.map((name) => `${name} is not a setting: did you mean ${nearest(name.toUpperCase(), known)}?`)
}

function refuse(mistakes: readonly string[]): void {
  if (mistakes.length > 0) throw new ConfigurationError('option_invalid', mistakes.join('\n'))
}
