import { join } from 'node:path'
import { parseEnv } from 'node:util'
import type { Command } from 'commander'
import type { Accounts } from '../accounts/accounts.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { OpenKeyRing } from '../keys/open-key-ring.ts'
import { type Config, readConfig, readSome, type Sources } from '../server/config.ts'
import { keyRingOptions } from '../server/key-ring-options.ts'
import { withoutPlatformVariables } from '../server/platform-variables.ts'
import { readText } from '../server/read-text.ts'
import { type Setting, settings, type Values } from '../server/settings.ts'
import { actorOfCommand } from './actor.ts'
import { exitCodes, Failure } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** `.env` of the working directory: what it sets, and what of it could not be read. */
function readDotEnv(folder: string): { readonly variables: NodeJS.Dict<string>; readonly mistakes: readonly string[] } {
  try {
    // Old editors end lines with a carriage return alone, and Node would see one line.
    const text = readText(join(folder, '.env')).replace(/\r\n?/g, '\n')
    const variables = parseEnv(text)
    const meant = text.matchAll(/^[^\S\n]*(?:export[^\S\n]+)?(HALLPASS_\w*)/gim)
    const lost = [...meant].filter(([, name = '']) => !(name in variables))
    // `declare -x HALLPASS_…`, `set HALLPASS_…`, names in quotation marks or behind a space that cannot be seen.
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

/** Adds the flags of settings to a command. Those that are secret have none. */
export function addSettings(command: Command, names: readonly Setting['name'][]): Command {
  for (const { name, flag, value, about, variable, default: standard, isSecret } of settings) {
    if (isSecret || !names.includes(name)) continue
    const hint = standard === undefined ? variable : `${variable}, ${standard} by default`
    command.option(`${flag} <${value}>`, `${about} (${hint})`, collect)
  }
  return command
}

/** A flag that is given twice is a list of two. */
function collect(value: string, before: string | undefined): string {
  return before === undefined ? value : `${before},${value}`
}

/** Where a command's values come from. */
export function sourcesOf({ folder, environment: own }: Terminal, options: Readonly<Record<string, unknown>>): Sources {
  const flags = Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value === 'string'))
  const { variables, mistakes } = readDotEnv(folder)
  const environment = { ...variables, ...withoutPlatformVariables(own) }
  return { flags: flags as Record<string, string>, environment, mistakes }
}

/**
 * Opens the accounts, lets a command do its work, and closes them whatever comes of it.
 * @param how Whether a database is made where there is none. One that is there is never migrated: servers may run on it.
 */
export async function withAccounts<Result>(
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
  work: (accounts: Accounts) => Promise<Result>,
  how: { readonly mayMake: boolean } = { mayMake: false },
): Promise<Result> {
  const { openCurrentAccounts } = await import('../accounts/accounts.ts')
  const wanted = ['database', 'valkey', 'passwordMinLength'] as const satisfies (keyof Values)[]
  const { database, valkey, passwordMinLength } = readSome(wanted, sourcesOf(terminal, options))
  const settings = {
    database,
    ...(valkey !== undefined && { valkey }),
    passwords: { minLength: passwordMinLength },
    actor: actorOfCommand(terminal),
  }
  const accounts = await openCurrentAccounts(settings, how)
  try {
    return await work(accounts)
  } finally {
    await accounts.close()
  }
}

/** Opens the database with its ring of keys, and closes it whatever comes of the work. */
export async function withKeyRing<Result>(
  terminal: Terminal,
  options: Readonly<Record<string, unknown>>,
  work: (ring: KeyRing, config: Config, opened: OpenKeyRing) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(sourcesOf(terminal, options))
  const { database, valkey, secret } = config
  if (!('text' in secret)) {
    throw new Failure(
      'There is no secret yet: set HALLPASS_SECRET, or start the server once to create one',
      exitCodes.configuration,
    )
  }
  const { openKeyRing } = await import('../keys/open-key-ring.ts')
  const opened = await openKeyRing({
    database,
    ...(valkey !== undefined && { valkey }),
    keyRing: keyRingOptions(config, secret.text),
    actor: actorOfCommand(terminal),
  })
  try {
    return await work(opened.keyRing, config, opened)
  } finally {
    await opened.close()
  }
}
