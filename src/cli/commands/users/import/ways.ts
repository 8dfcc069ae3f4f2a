import { z } from 'zod'
import { presets } from '../../../../accounts/identities/providers/presets.ts'
import type { ImportedIdentity } from '../../../../accounts/users/import/imported-ways.ts'
import { isOfBetterAuth, openSecretOfBetterAuth } from '../../../../secrets/better-auth-secret.ts'

/** What is needed to import other ways to log in. */
export interface WayOptions {
  /** The secrets under which better-auth encrypted those of authenticator apps. */
  readonly betterAuthSecrets?: readonly string[] | undefined
}

const nothing = z.union([z.literal(''), z.null()]).transform(() => undefined)
const optionalText = z.union([nothing, z.string()]).optional()

const identityList = z
  .array(
    z.object({
      provider: z.string(),
      issuer: optionalText,
      subject: z.union([z.string(), z.int().transform(String)]),
      email: optionalText,
    }),
  )
  // A query without results exports an empty list.
  .transform((list): readonly ImportedIdentity[] | undefined =>
    list.length === 0
      ? undefined
      : list.map(({ issuer, ...rest }) => ({ ...rest, issuer: issuer ?? knownIssuer(rest.provider) })),
  )
const appList = z
  .array(z.string())
  .transform((list): readonly string[] | undefined => (list.length === 0 ? undefined : list))

/**
 * The issuer of a provider with a well-known name. Neither Microsoft's, because each of its directories has its own, nor
 * GitLab's, which many run themselves: the same small number is another person's account there.
 */
function knownIssuer(provider: string): string {
  if (provider === 'gitlab') return ''
  const { issuer = '' } = Object.entries(presets).find(([name]) => name === provider)?.[1] ?? {}
  return issuer.includes('{') ? '' : issuer
}

/** Columns with lists, which are JSON in CSV. */
export const wayColumns: {
  readonly identities: z.ZodOptional<z.ZodType<readonly ImportedIdentity[] | undefined>>
  readonly totp: z.ZodOptional<z.ZodType<readonly string[] | undefined>>
} = {
  identities: z
    .union(
      [nothing, identityList, z.string().transform(parseJson).pipe(identityList)],
      'Not a list of objects with provider and subject, and optionally issuer and email',
    )
    .optional(),
  totp: z
    .union([nothing, appList, z.string().transform(listOf).pipe(appList)], 'Neither a string nor a list of strings')
    .optional(),
}

/** A single value counts as a list of one. */
function listOf(text: string): unknown {
  return text.startsWith('[') ? parseJson(text) : [text]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @returns The secrets of authenticator apps, or why they cannot be read. */
export function readApps(
  apps: readonly string[] | undefined,
  { betterAuthSecrets }: WayOptions,
): readonly string[] | string | undefined {
  if (apps === undefined) return undefined
  const opened: string[] = []
  for (const app of apps) {
    if (!isOfBetterAuth(app)) {
      opened.push(app)
      continue
    }
    if (betterAuthSecrets === undefined) return 'totp: This is encrypted by better-auth: add --better-auth-secret-file'
    const secret = openSecretOfBetterAuth(app, betterAuthSecrets)
    if (secret === undefined) return 'totp: The better-auth secret cannot decrypt this'
    opened.push(secret)
  }
  return opened
}
