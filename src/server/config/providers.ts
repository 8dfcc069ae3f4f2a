import { type ProviderOptions, type ProvidersOptions, providersSchema } from '../../accounts/identities/options.ts'
import { openFileWarnings } from '../files/open-files.ts'
import { readText } from '../files/read-text.ts'

/** What the files of providers say, and what is wrong with it. */
export interface DescribedProviders {
  readonly providers: ProvidersOptions | undefined
  readonly warnings: readonly string[]
  readonly mistakes: readonly string[]
}

/**
 * Reads providers as they are set: each a name and the file that describes it, because a secret is in it. Nothing of a file is
 * repeated in a message.
 */
export function readProviders(written: readonly string[], label = '--provider'): DescribedProviders {
  const mistakes: string[] = []
  const warnings: string[] = []
  const entries = written.flatMap((text): [string, ProviderOptions][] => {
    const equals = text.indexOf('=')
    const [name, file] = [text.slice(0, equals), text.slice(equals + 1)]
    try {
      warnings.push(...openFileWarnings(file))
      return [[name, JSON.parse(readText(file)) as ProviderOptions]]
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const why = code === undefined ? 'is not JSON' : `cannot be read: ${code}`
      mistakes.push(`${label}: the file of ${name} ${why}`)
      return []
    }
  })
  const twice = entries.filter(([name], index) => entries.findIndex(([other]) => other === name) !== index)
  mistakes.push(...twice.map(([name]) => `${label}: ${name} is set twice`))
  const providers = Object.fromEntries(entries)
  const { error } = providersSchema.safeParse(providers)
  mistakes.push(...(error?.issues ?? []).map(({ path, message }) => `${label}: ${path.join('.')}: ${message}`))
  return { providers: entries.length === 0 ? undefined : providers, warnings, mistakes }
}
