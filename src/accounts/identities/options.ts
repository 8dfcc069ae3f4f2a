import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { checkAddress } from '../../outbound/address.ts'
import { type PresetName, presets } from './providers/presets.ts'

/** How users sign in with another provider. */
export interface ProviderOptions {
  /** The preset to start from. By default, the one that has the name of the provider. */
  readonly preset?: PresetName
  /** The client id that the provider issued for this server. */
  readonly clientId: string
  /** The client secret that the provider issued with it. Some presets require one. */
  readonly clientSecret?: string | undefined
  /**
   * Name on buttons and in mails. That of the preset by default; for `openid` and `oauth`, the name of the provider.
   */
  readonly title?: string
  /**
   * For `openid`, for a GitLab of your own, and for `oauth`, where it identifies the accounts together with their ids.
   */
  readonly issuer?: string
  /** For `microsoft`: the id or domain of a directory, `organizations`, `consumers`, or `common`, the default. */
  readonly tenant?: string
  /** For `oauth`: the authorization endpoint. */
  readonly authorizationUrl?: string
  /** For `oauth`: the token endpoint. */
  readonly tokenUrl?: string
  /** For `oauth`: the endpoint that says who the user is. */
  readonly userUrl?: string
  /** Scopes to request, separated by spaces. Those of the preset by default. */
  readonly scope?: string
  /**
   * What happens if an account here has the same verified address. With `ask`, the default, the user must sign in to it
   * first; `verified` links it at once, which is for a provider that owns the mailboxes.
   */
  readonly link?: 'ask' | 'verified'
  /** Whether the tokens that the provider issues are stored, encrypted. `false` by default. */
  readonly keepTokens?: boolean
  /**
   * For `apple`, instead of `clientSecret`: the private key that signs client secrets, the contents of the `.p8` file.
   */
  readonly privateKey?: string | undefined
  /** For `apple`: the id of that key. */
  readonly keyId?: string
  /** For `apple`: the id of the team that has the key. */
  readonly teamId?: string
}

/** Providers by the names that appear in their URLs. */
export type ProvidersOptions = Readonly<Record<string, ProviderOptions>>

const text = z.string().min(1).max(4096)

const address = text.superRefine((given, { addIssue }) => {
  try {
    checkAddress('provider', given)
  } catch {
    addIssue({ code: 'custom', message: 'must be an https address, or http on this machine' })
  }
})

const members = {
  preset: z.enum(Object.keys(presets) as [PresetName, ...PresetName[]]).optional(),
  clientId: text,
  clientSecret: text.optional(),
  title: z
    .string()
    .regex(/^[^\p{C}]{1,64}$/u, 'must have 1 to 64 characters, and no control or invisible ones')
    .optional(),
  issuer: address.optional(),
  tenant: z
    .string()
    .regex(/^[\w.-]+$/, 'must be the id or the domain of a directory')
    .optional(),
  authorizationUrl: address.optional(),
  tokenUrl: address.optional(),
  userUrl: address.optional(),
  scope: text.optional(),
  link: z.enum(['ask', 'verified']).optional(),
  keepTokens: z.boolean().optional(),
  privateKey: text.optional(),
  keyId: text.optional(),
  teamId: text.optional(),
} satisfies Readonly<Record<keyof ProviderOptions, z.ZodType>>

/** The options of one provider, without its name. */
const providerSchema: z.ZodType<ProviderOptions> = z.strictObject(members) as z.ZodType<ProviderOptions>

/** The path `/oauth/outcome` is an endpoint of our own. */
const reserved = 'outcome'

/** The options of all providers, each with what its preset requires. */
export const providersSchema: z.ZodType<ProvidersOptions> = z
  .preprocess(
    (given, { addIssue }) => {
      // The library would skip it as if it were not there.
      const name = '__proto__'
      if (Object.hasOwn(Object(given), name)) addIssue({ code: 'custom', path: [name], message: namingRule })
      return given
    },
    z.record(z.string(), providerSchema),
  )
  .superRefine((providers, { addIssue }) => {
    for (const [key, options] of Object.entries(providers)) {
      for (const message of problemsOf(key, options)) addIssue({ code: 'custom', path: [key], message })
    }
  })

/** What is wrong with a name. A schema of the keys would not say it: the library reports only that a key is invalid. */
function faultOfName(name: string): string | undefined {
  if (name === reserved) return 'is a name that the server uses itself'
  if (/^[a-z][a-z0-9-]{0,31}$/.test(name)) return undefined
  return namingRule
}

const namingRule = 'must have 1 to 32 lower-case letters, digits and hyphens, and begin with a letter'

/** The preset of a provider: the one that its options name, or else the one with the provider's name. */
export function presetOf(key: string, { preset = key as PresetName }: ProviderOptions): PresetName | undefined {
  return Object.hasOwn(presets, preset) ? preset : undefined
}

const keyMembers = ['privateKey', 'keyId', 'teamId'] as const
const addressMembers = ['authorizationUrl', 'tokenUrl', 'userUrl'] as const

/** Members that only one preset reads. With another preset they would have no effect, so they are rejected. */
const membersOf: Partial<Record<PresetName, readonly (keyof ProviderOptions)[]>> = {
  microsoft: ['tenant'],
  apple: keyMembers,
  oauth: addressMembers,
}

/** Mistakes with which no sign-in would work. */
function problemsOf(key: string, options: ProviderOptions): string[] {
  const fault = faultOfName(key)
  if (fault !== undefined) return [fault]
  const preset = presetOf(key, options)
  if (preset === undefined) return [`needs a preset: ${Object.keys(presets).join(', ')}`]
  const has = (member: keyof ProviderOptions) => options[member] !== undefined
  const needed = preset === 'openid' ? ['issuer' as const] : preset === 'oauth' ? addressMembers : []
  const hasKey = preset === 'apple' && keyMembers.some(has)
  const strange = Object.entries(membersOf).flatMap(([of, members]) =>
    of === preset ? [] : members.filter(has).map((member) => `has ${member}, which only the preset ${of} uses`),
  )
  const { clientSecret, scope, issuer } = options
  const isOpenid = preset !== 'oauth' && presets[preset].endpoints === undefined
  const rules: [isBroken: boolean, problem: string][] = [
    [hasKey && !keyMembers.every(has), `needs all of ${keyMembers.join(', ')}`],
    [hasKey && clientSecret !== undefined, 'has a clientSecret and a privateKey: pass one'],
    [hasKey && has('privateKey') && !isPrivateKey(options.privateKey), 'needs a privateKey that is a P-256 key in PEM'],
    [
      preset === 'apple' && !hasKey && clientSecret === undefined,
      'needs privateKey, keyId and teamId, or clientSecret',
    ],
    [presets[preset].needsSecret === true && clientSecret === undefined, 'needs clientSecret'],
    [isOpenid && scope !== undefined && !scope.split(' ').includes('openid'), 'needs openid in its scope'],
    [isOpenid && /[?#]/.test(issuer ?? ''), 'needs an issuer without a query'],
    // RFC 6749 sections 3.1 and 3.2.
    [addressMembers.some((member) => options[member]?.includes('#')), 'needs addresses without a fragment'],
    [isMixed(addressMembers.map((member) => options[member])), 'needs addresses that are all https, or all http'],
  ]
  return [
    ...needed.filter((member) => !has(member)).map((member) => `needs ${member}`),
    ...strange,
    ...rules.flatMap(([isBroken, problem]) => (isBroken ? [problem] : [])),
  ]
}

/** Whether the key can make the ES256 signatures that Apple requires (RFC 7518 section 3.4). */
function isPrivateKey(text = ''): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

/** The library allows plain HTTP for all requests to a provider, or for none. */
function isMixed(addresses: readonly (string | undefined)[]): boolean {
  return new Set(addresses.flatMap((one) => (one === undefined ? [] : [/^https:/i.test(one)]))).size > 1
}
