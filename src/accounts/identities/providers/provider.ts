import type * as OpenidClient from 'openid-client'
import { FairQueue } from '../../../core/queue/fair-queue.ts'
import type { Turn } from '../../../core/queue/line.ts'
import { readMailbox } from '../../../mail/address.ts'
import { makeGuardedFetch } from '../../../outbound/guarded-fetch.ts'
import { type ProviderOptions, presetOf } from '../options.ts'
import { appleSecret } from './apple-secret.ts'
import { DiscoveryCache } from './discovery-cache.ts'
import { ProfileInvalidError, TooManySignInsError } from './faults.ts'
import { type Endpoints, type Preset, type PresetName, presets } from './presets.ts'
import { withTextScope } from './text-scope.ts'
import { completed, readUser } from './user-claims.ts'

/** What a sign-in is bound to, in addition to the browser. */
export interface SignInChecks {
  /** Where the provider sends the browser back to. */
  readonly redirectUri: string
  readonly state: string
  /** Sent to OpenID providers only. */
  readonly nonce: string
  /** The PKCE code verifier (RFC 7636). */
  readonly verifier: string
  /** Whether the provider must authenticate the person, even if they are signed in there. */
  readonly asksAgain?: boolean
}

/** An account at a provider, as the provider describes it. */
export interface Profile {
  readonly issuer: string
  readonly subject: string
  readonly email: string | null
  readonly emailVerified: boolean
  /** When the person authenticated there, if the ID token says so, in Unix seconds. */
  readonly authTime?: number
  /** The tokens that the provider issued, if they are to be stored. */
  readonly tokens?: Readonly<Record<string, unknown>>
}

/** Timeout of a request: long enough for a busy provider, short enough for a person who waits. */
const milliseconds = 8_000
const maxBytes = 512 * 1024
/** Sign-ins that use one provider at once, and those that may wait: a slow provider must not hold all requests. */
const atOnce = 100
const places = 200
/** Failed sign-ins that are stored per hour: anyone can cause one, and must not be able to fill the disk. */
const mostKept = 100
const keptMilliseconds = 60 * 60 * 1000
const sharedTenants: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** A configured provider. The OpenID library is loaded at the first sign-in. */
export class Provider {
  readonly name: string
  readonly title: string
  readonly presetName: PresetName
  readonly link: 'ask' | 'verified'
  /** Whether a person can authenticate again with it. */
  readonly provesAgain: boolean
  readonly #preset: Preset
  readonly #options: ProviderOptions
  readonly #documents: DiscoveryCache
  readonly #line = new FairQueue({ atOnce, places, refusal: () => new TooManySignInsError() })
  readonly #kept: number[] = []
  readonly #fetch = makeGuardedFetch({ what: 'provider', maxBytes, milliseconds })

  constructor(name: string, options: ProviderOptions) {
    this.name = name
    this.presetName = presetOf(name, options) ?? 'openid'
    this.#preset = presets[this.presetName]
    this.#options = options
    this.title = options.title ?? (this.#preset.issuer === undefined ? name : this.#preset.title)
    this.link = options.link ?? 'ask'
    this.provesAgain = this.#preset.provesAgain === true
    this.#documents = new DiscoveryCache(this.#fetch)
  }

  /**
   * Whether this provider signs in accounts of the issuer. Accounts may have been linked when the provider had another
   * issuer or another name in the settings. Microsoft's shared tenants have an issuer for each organization.
   */
  issues(issuer: string): boolean {
    const { tenant = 'common' } = this.#options
    const own = withoutSlash(this.#issuer)
    if (this.presetName !== 'microsoft' || !sharedTenants.has(tenant)) return withoutSlash(issuer) === own
    const [before = '', after = ''] = own.split(`/${tenant}/`)
    return issuer.startsWith(`${before}/`) && issuer.endsWith(`/${after}`)
  }

  /** Whether a failure at this time is stored; if so, counts it. */
  keepsFailure(now: Date): boolean {
    const since = now.getTime() - keptMilliseconds
    while ((this.#kept[0] ?? Number.POSITIVE_INFINITY) <= since) this.#kept.shift()
    if (this.#kept.length >= mostKept) return false
    this.#kept.push(now.getTime())
    return true
  }

  /**
   * The URL that the browser is sent to.
   * @param turn Clients take turns, so one alone cannot block a slow provider for the others.
   * @throws What the library throws; `faultOf` says what it means.
   */
  authorizationUrl(checks: SignInChecks, turn: Turn): Promise<string> {
    return this.#line.run(turn, () => this.#authorizationUrl(checks))
  }

  async #authorizationUrl({ redirectUri, state, nonce, verifier, asksAgain }: SignInChecks): Promise<string> {
    const client = await import('openid-client')
    const configuration = await this.#configure(client)
    const { parameters = {}, postsForm, refusesPkce } = this.#preset
    const scope = this.#options.scope ?? this.#preset.scope
    const url = client.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      state,
      ...(scope !== '' && { scope }),
      ...(this.#isOpenid && { nonce }),
      ...(!refusesPkce && {
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      }),
      ...(postsForm && { response_mode: 'form_post' }),
      ...(asksAgain && { prompt: 'login', max_age: '0' }),
      ...parameters,
    })
    return url.href
  }

  /**
   * Exchanges the provider's response for the profile of the account.
   * @param answer The redirect URI with the parameters of the response.
   * @throws What the library throws; `faultOf` says what it means.
   */
  profileOf(answer: URL, checks: Omit<SignInChecks, 'redirectUri'>, turn: Turn): Promise<Profile> {
    return this.#line.run(turn, () => this.#profileOf(answer, checks))
  }

  async #profileOf(answer: URL, { state, nonce, verifier }: Omit<SignInChecks, 'redirectUri'>): Promise<Profile> {
    const client = await import('openid-client')
    const configuration = await this.#configure(client)
    const checks = {
      expectedState: state,
      ...(!this.#preset.refusesPkce && { pkceCodeVerifier: verifier }),
      ...(this.#isOpenid && { expectedNonce: nonce, idTokenExpected: true }),
    }
    const tokens = await client.authorizationCodeGrant(configuration, answer, checks)
    const idToken = this.#isOpenid ? tokens.claims() : undefined
    const claims =
      idToken === undefined
        ? await readUser(client, configuration, tokens.access_token, this.#endpoints)
        : await completed(client, configuration, idToken, tokens.access_token)
    const subject = this.#preset.subject(claims)
    if (!isName(subject)) throw new ProfileInvalidError('The provider names no account')
    const verified = mailbox(this.#preset.verifiedAddress(claims))
    return {
      issuer: idToken?.iss ?? this.#issuer,
      subject,
      email: verified ?? mailbox(this.#preset.address(claims)) ?? null,
      emailVerified: verified !== undefined,
      ...(this.provesAgain && idToken?.auth_time !== undefined && { authTime: idToken.auth_time }),
      ...(this.#options.keepTokens && { tokens: { ...tokens } }),
    }
  }

  get #isOpenid(): boolean {
    return this.#preset.endpoints === undefined && this.presetName !== 'oauth'
  }

  /** Where discovery begins; for a provider without ID tokens, what identifies its accounts. */
  get #issuer(): string {
    const { issuer, tenant = 'common', authorizationUrl = '' } = this.#options
    const address = issuer ?? this.#preset.issuer ?? authorizationUrl
    // Given the address of the document itself, the library would not compare it with the issuer in the document.
    return address.replace('{tenant}', tenant).replace(/\/\.well-known\/openid-configuration$/, '')
  }

  /** Made anew each time, so that a provider's new keys work at once. */
  async #configure(client: typeof OpenidClient): Promise<OpenidClient.Configuration> {
    const { clientId } = this.#options
    const isLocal = this.#urls.every((url) => url.startsWith('http:'))
    const auth = this.#authentication(client)
    if (!this.#isOpenid) {
      const { authorization, token } = this.#endpoints
      const server = { issuer: this.#issuer, authorization_endpoint: authorization, token_endpoint: token }
      const made = new client.Configuration(server, clientId, undefined, auth)
      made[client.customFetch] = this.#fetch
      if (isLocal) client.allowInsecureRequests(made)
      return made
    }
    const documents = this.#documents.forOne()
    const found = await client
      .discovery(new URL(this.#issuer), clientId, undefined, auth, {
        [client.customFetch]: this.#preset.listsScope ? withTextScope(documents.fetch) : documents.fetch,
        execute: [client.enableNonRepudiationChecks, ...(isLocal ? [client.allowInsecureRequests] : [])],
      })
      .catch((error) => {
        documents.forget()
        throw error
      })
    return found
  }

  #authentication(client: typeof OpenidClient): OpenidClient.ClientAuth {
    const { clientSecret, clientId, privateKey, keyId, teamId } = this.#options
    if (privateKey !== undefined && keyId !== undefined && teamId !== undefined) {
      return client.ClientSecretPost(appleSecret({ privateKey, keyId, teamId, clientId }))
    }
    if (clientSecret === undefined) return client.None()
    return this.#preset.secretIn === 'basic'
      ? client.ClientSecretBasic(clientSecret)
      : client.ClientSecretPost(clientSecret)
  }

  get #endpoints(): Endpoints {
    const { authorizationUrl = '', tokenUrl = '', userUrl = '' } = this.#options
    return this.#preset.endpoints ?? { authorization: authorizationUrl, token: tokenUrl, user: userUrl }
  }

  get #urls(): string[] {
    const { authorization, token, user } = this.#endpoints
    return this.#isOpenid ? [this.#issuer] : [authorization, token, user]
  }
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '')
}

/** Whether the databases can store it: PostgreSQL rejects text with a NUL. */
function isName(text: string | undefined): text is string {
  return text !== undefined && /^\P{C}{1,255}$/u.test(text)
}

/** An address that mail can be sent to; a provider may state anything. */
function mailbox(address: string | undefined): string | undefined {
  return address === undefined ? undefined : readMailbox(address)
}
