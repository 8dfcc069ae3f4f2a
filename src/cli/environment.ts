import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { type Command, Option } from 'commander'
import type { Accounts } from '../accounts/accounts.ts'
import { pick } from '../core/settings/setting.ts'
import { ConfigurationError } from '../errors.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { OpenKeyRing } from '../keys/open-key-ring.ts'
import type { Outbox } from '../mail/outbox/outbox.ts'
import type { ServerSecret } from '../secrets/server-secret.ts'
import { type Config, readConfig, readSome, type Sources } from '../server/config/config.ts'
import { keyRingOptions } from '../server/config/key-ring-options.ts'
import { withoutPlatformVariables } from '../server/config/platform-variables.ts'
import { lists, type Setting, settings, type Values } from '../server/config/settings.ts'
import { readText } from '../server/files/read-text.ts'
import { actorOfCommand } from './actor.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Reads `.env` in the working directory: the variables, and the lines that could not be read. */
function readDotEnv(folder: string): { readonly variables: NodeJS.Dict<string>; readonly mistakes: readonly string[] } {
  try {
    // Old editors end lines with a carriage return alone, which Node would read as one line.
    const text = readText(join(folder, '.env')).replace(/\r\n?/g, '\n')
    const variables = parseEnv(text)
    const meant = text.matchAll(/^[^\S\n]*(?:export[^\S\n]+)?(HALLPASS_\w*)/gim)
    const lost = [...meant].filter(([, name = '']) => !(name in variables))
    // `declare -x HALLPASS_…`, `set HALLPASS_…`, names in quotation marks or after an invisible space.
    const odd = Object.keys(variables).flatMap((name) => /^(?!HALLPASS_\w+$).*(HALLPASS_\w*)/is.exec(name)?.[1] ?? [])
    const names = new Set([...lost.map(([, name = '']) => name), ...odd])
    const inOrder = [...names].toSorted((one, other) => text.indexOf(one) - text.indexOf(other))
    const mistakes = inOrder.map((name) => `.env must set ${name} in the form ${name}=value`)
    return { variables, mistakes }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return { variables: {}, mistakes: code === 'ENOENT' ? [] : [`.env cannot be read: ${message}`] }
  }
}

/**
 * Adds the flags of settings to a command. Secrets have no flags; former flags work, but are not shown.
 * @param unused Settings that the command takes, so that all commands can be called with the same flags, but does not
 *   show, because they have no effect on it.
 */
export function addSettings(
  command: Command,
  names: readonly Setting['name'][],
  unused: readonly Setting['name'][] = [],
): Command {
  for (const { name, flag, unit, about, variable, default: standard, isSecret, former } of settings) {
    if (isSecret || !(names.includes(name) || unused.includes(name))) continue
    const hint = standard === undefined ? variable : `${variable}, ${standard} by default`
    const option = new Option(`${flag} <${unit}>`, `${about} (${hint})`).argParser(collectorOf(flag, unit))
    command.addOption(option.hideHelp(!names.includes(name)))
    if (former !== undefined) {
      command.addOption(new Option(`${former.flag} <${unit}>`).argParser(collectorOf(former.flag, unit)).hideHelp())
    }
  }
  return command
}

/** A list can be given by repeating its flag. */
function collectorOf(flag: string, unit: Setting['unit']): (value: string, before?: string) => string {
  return function collect(value, before) {
    if (before === undefined) return value
    if (!lists.has(unit)) throw new Failure(`${flag} is given twice`, exitCodes.usage)
    return `${before},${value}`
  }
}

/** Where a command's values come from. */
export function sourcesOf({ folder, environment: own }: Terminal, options: Readonly<Record<string, unknown>>): Sources {
  const flags = Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === 'string'))
  const { variables, mistakes } = readDotEnv(folder)
  const environment = { ...variables, ...withoutPlatformVariables(own) }
  return { flags: flags as Record<string, string>, environment, mistakes }
}

/**
 * Reads some settings of a command. Former names are reported on standard error. @throws {ConfigurationError}
 * `option_invalid`
 */
export function readOf<Name extends keyof Values>(
  wanted: readonly Name[],
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
): Pick<Values, Name> {
  const { values, notices } = readSome(wanted, sourcesOf(terminal, options))
  notify(terminal, notices)
  return values
}

function notify({ stderr }: Terminal, notices: readonly string[]): void {
  for (const notice of notices) stderr.write(`hallpass: ${notice}\n`)
}

/**
 * Opens the accounts, runs a command, and closes them even if it fails.
 * @param how.mayMake Whether a missing database is created. An existing one is never migrated, because servers may be
 * using it.
 * @param how.seals Whether the command may have to encrypt something. Without the secret, it fails when it does.
 */
export async function withAccounts<Result>(
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
  work: (accounts: Accounts) => Promise<Result>,
  how: { readonly mayMake: boolean; readonly seals?: boolean } = { mayMake: false },
): Promise<Result> {
  const { openCurrentAccounts } = await import('../accounts/accounts.ts')
  const { attemptsPerAccount, ...values } = readOf(
    ['database', 'valkey', 'passwordMinLength', 'attemptsPerAccount'],
    terminal,
    options,
  )
  const accounts = await openCurrentAccounts(
    { ...values, limits: { attemptsPerAccount }, actor: actorOfCommand(terminal) },
    {
      ...how,
      outbox: await findOutbox(terminal, options),
      secrets: how.seals ? await findSecrets(terminal, options) : undefined,
    },
  )
  try {
    return await work(accounts)
  } finally {
    await accounts.close()
  }
}

/**
 * Prepares notifications of the users whom a command affects, if the server's settings say how to send mail. The
 * command queues the mails, and the server sends them. If a setting is missing, that is reported, but the operator can
 * still make the change.
 */
async function findOutbox(terminal: Terminal, options: Readonly<Record<string, unknown>>): Promise<Outbox | undefined> {
  const sources = sourcesOf(terminal, options)
  if (readSome(['smtp'], sources).values.smtp === undefined) return undefined
  try {
    const {
      encryptionSecret: secret,
      previousEncryptionSecret: previous,
      issuer,
      pages,
      mailLocale,
    } = readConfig(sources)
    if (!('text' in secret) || issuer === undefined) {
      notify(terminal, [
        'users are not notified of changes: set HALLPASS_ISSUER and the encryption secret of the server',
      ])
      return undefined
    }
    const [{ makeOutbox }, { pagesUrlOf }] = await Promise.all([
      import('../mail/open-mail.ts'),
      import('../accounts/page-settings.ts'),
    ])
    const secrets = await secretsFrom(secret.text, previous)
    return makeOutbox({ mailLocale }, { pagesUrl: pagesUrlOf({ pages }, issuer), secrets })
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    notify(terminal, [`users are not notified of changes: ${error.message}`])
    return undefined
  }
}

async function secretsFrom(current: string, previous: string | undefined): Promise<ServerSecret> {
  const { makeServerSecret } = await import('../secrets/server-secret.ts')
  return makeServerSecret([current, ...(previous === undefined ? [] : [previous])])
}

/** Finds the server's secret in the settings or in the file next to the database. */
async function findSecrets(
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
): Promise<ServerSecret | undefined> {
  try {
    const { encryptionSecret: secret, previousEncryptionSecret: previous } = readConfig(sourcesOf(terminal, options))
    return 'text' in secret ? await secretsFrom(secret.text, previous) : undefined
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    notify(terminal, [`authenticator apps cannot be imported: ${error.message}`])
    return undefined
  }
}

/** Opens the database with its key ring, and closes it even if the work fails. */
export async function withKeyRing<Result>(
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
  work: (ring: KeyRing, config: Config, opened: OpenKeyRing) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(sourcesOf(terminal, options))
  notify(terminal, config.notices)
  const { encryptionSecret: secret } = config
  if (!('text' in secret)) {
    throw new Failure(
      'There is no encryption secret: set HALLPASS_ENCRYPTION_SECRET or HALLPASS_ENCRYPTION_SECRET_FILE as for the server, or start the server once to create one',
      exitCodes.configuration,
    )
  }
  const { openKeyRing } = await import('../keys/open-key-ring.ts')
  const opened = await openKeyRing({
    ...pick(config, ['database', 'valkey']),
    keyRing: keyRingOptions(config, secret.text),
    actor: actorOfCommand(terminal),
  })
  try {
    return await work(opened.keyRing, config, opened)
  } finally {
    await opened.close()
  }
}
