import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { checkAddress } from '../../outbound/address.ts'
import { type PresetName, presets } from './providers/presets.ts'

/** How users sign in with another provider. */
export interface ProviderOptions {
  /** What is known of it. By default that with the name of the provider. */
  readonly preset?: PresetName
  /** As the provider has registered this server. */
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** What people call it: it is on the button. By default as the preset says. */
  readonly title?: string
  /** Of `openid`; of a GitLab of your own; and of `oauth`, where it names the accounts. */
  readonly issuer?: string
  /** The directory of `microsoft`: its id or domain, `organizations`, `consumers` or `common`, the default. */
  readonly tenant?: string
  /** Of `oauth`. */
  readonly authorizationUrl?: string
  readonly tokenUrl?: string
  readonly userUrl?: string
  /** What the user is asked to allow, separated by spaces. By default as the preset says. */
  readonly scope?: string
  /**
   * What becomes of an account with the same verified address: `ask`, the default, has the user sign in to it first;
   * `verified` links it at once, which is for a provider that owns the mailboxes.
   */
  readonly link?: 'ask' | 'verified'
  /** Whether the tokens of the provider are kept, encrypted. `false` by default. */
  readonly keepTokens?: boolean
  /** Of `apple`, with which the client secret is made: the private key (the `.p8` file), its id, and that of the team. */
  readonly privateKey?: string | undefined
  readonly keyId?: string
  readonly teamId?: string
}

/** By the names in their addresses. */
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

/** Names that are endpoints of ours in the same place. */
const taken: readonly string[] = ['outcome', 'redeem']

const name = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a short name in small letters')
  .refine((given) => !taken.includes(given), 'is a name that the server uses itself')

/** The options of all providers, each with what its preset requires. */
export const providersSchema: z.ZodType<ProvidersOptions> = z
  .record(name, providerSchema)
  .superRefine((providers, { addIssue }) => {
    for (const [key, options] of Object.entries(providers)) {
      for (const message of problemsOf(key, options)) addIssue({ code: 'custom', path: [key], message })
    }
  })

/** The preset of a provider, by its own name unless it says another. */
export function presetOf(key: string, { preset = key as PresetName }: ProviderOptions): PresetName | undefined {
  return Object.hasOwn(presets, preset) ? preset : undefined
}

const keyMembers = ['privateKey', 'keyId', 'teamId'] as const
const addressMembers = ['authorizationUrl', 'tokenUrl', 'userUrl'] as const

/** Members that only one preset reads. Elsewhere they would be ignored, although their author expects an effect. */
const membersOf: Partial<Record<PresetName, readonly (keyof ProviderOptions)[]>> = {
  microsoft: ['tenant'],
  apple: keyMembers,
  oauth: addressMembers,
}

/** Options with which no sign-in would work, each described in a few words. */
function problemsOf(key: string, options: ProviderOptions): string[] {
  const preset = presetOf(key, options)
  if (preset === undefined) return [`needs a preset: ${Object.keys(presets).join(', ')}`]
  const has = (member: keyof ProviderOptions) => options[member] !== undefined
  const needed = preset === 'openid' ? ['issuer' as const] : preset === 'oauth' ? addressMembers : []
  const hasKey = preset === 'apple' && keyMembers.some(has)
  const strange = Object.entries(membersOf).flatMap(([of, members]) =>
    of === preset ? [] : members.filter(has).map((member) => `has ${member}, which is of ${of}`),
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
    [isMixed(addressMembers.map((member) => options[member])), 'needs addresses that are all https, or all http'],
  ]
  return [
    ...needed.filter((member) => !has(member)).map((member) => `needs ${member}`),
    ...strange,
    ...rules.flatMap(([isBroken, problem]) => (isBroken ? [problem] : [])),
  ]
}

/** Whether Apple's signatures can be made with it (RFC 7518 section 3.4). */
function isPrivateKey(text = ''): boolean {
  try {
    return createPrivateKey(text).asymmetricKeyDetails?.namedCurve === 'prime256v1'
  } catch {
    return false
  }
}

/** The library takes http for all requests to a provider, or for none. */
function isMixed(addresses: readonly (string | undefined)[]): boolean {
  return new Set(addresses.flatMap((one) => (one === undefined ? [] : [/^https:/i.test(one)]))).size > 1
}
