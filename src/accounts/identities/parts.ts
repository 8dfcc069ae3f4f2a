import type { EmailParts } from '../email/parts.ts'
import type { ProvidersOptions } from './options.ts'
import { Provider } from './providers/provider.ts'

/** What signing in with other providers needs. */
export interface IdentityParts extends EmailParts {
  /** By their names, in the order of the settings. */
  readonly providers: ReadonlyMap<string, Provider>
  /** Where this server is, as providers and browsers see it. */
  readonly site: ProviderSite
}

/** Where this server is, and where it may send a browser. */
export interface ProviderSite {
  /** The public URL, which redirect URIs begin with. Empty if none is configured; providers require one. */
  readonly url: string
  /** The origins of the server itself and of the pages that may call it. */
  readonly origins: readonly string[]
  /** Where our own pages are, such as `https://id.example/id`; `undefined` if there are none. */
  readonly pages: string | undefined
}

export function openProviders(options: ProvidersOptions = {}): ReadonlyMap<string, Provider> {
  return new Map(Object.entries(options).map(([name, one]) => [name, new Provider(name, one)]))
}
