import { type ProviderOptions, type ProvidersOptions, providersSchema } from '../../accounts/identities/options.ts'
import { parseAs } from '../../core/input/parse-as.ts'
import { parseStrictJson } from '../../token/strict-json.ts'
import { openFileWarnings } from '../files/open-files.ts'
import { readText } from '../files/read-text.ts'

/** What the files of providers contain, and what is wrong with it. */
export interface DescribedProviders {
  readonly providers: ProvidersOptions | undefined
  readonly warnings: readonly string[]
  readonly mistakes: readonly string[]
}

/**
 * Reads the providers from the settings. Each is a name and the path of a file, because its description contains a
 * secret. No message repeats anything from a file.
 */
export function readProviders(written: readonly string[], label = '--provider'): DescribedProviders {
  const mistakes: string[] = []
  const warnings: string[] = []
  const entries = written.flatMap((text): [string, ProviderOptions][] => {
    const equals = text.indexOf('=')
    const [name, file] = [text.slice(0, equals), text.slice(equals + 1)]
    try {
      warnings.push(...openFileWarnings(file))
      const text = Buffer.from(readText(file))
      return [[name, parseStrictJson(text, (why) => new Error(why)) as ProviderOptions]]
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      mistakes.push(`${label}: the file of ${name} cannot be read: ${code ?? message}`)
      return []
    }
  })
  const twice = entries.filter(([name], index) => entries.findIndex(([other]) => other === name) !== index)
  mistakes.push(...twice.map(([name]) => `${label}: ${name} is set twice`))
  const providers = Object.fromEntries(entries)
  const { faults = [] } = parseAs(providersSchema, providers)
  mistakes.push(...faults.map(({ member, msg }) => `${label}: ${member}: ${msg}`))
  return { providers: entries.length === 0 ? undefined : providers, warnings, mistakes }
}
