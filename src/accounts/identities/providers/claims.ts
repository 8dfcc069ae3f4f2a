/** What a provider states about an account: the claims of an ID token, or the answer of its user endpoint. */
export type ProviderClaims = Readonly<Record<string, unknown>>

/** Text that is not empty, or a whole number as text: some providers number their accounts. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** `email`, verified or not. */
export function statedAddress({ email }: ProviderClaims): string | undefined {
  return textOf(email)
}

/**
 * `email` if `email_verified` is true. The text `"true"` does not count, because it is unclear what a provider means by
 * it.
 */
export function verifiedByClaim(claims: ProviderClaims): string | undefined {
  return claims.email_verified === true ? statedAddress(claims) : undefined
}

/** For providers that state nothing reliable about addresses. */
export function neverVerified(): undefined {
  return undefined
}

/** The primary address of a list such as GitHub's, if it is verified. */
export function primaryVerified({ emails }: ProviderClaims): string | undefined {
  if (!Array.isArray(emails)) return undefined
  const found = emails.find((entry) => entry?.primary === true && entry.verified === true)
  return textOf(found?.email)
}

/** The primary address of such a list, verified or not. */
export function primaryAddress(claims: ProviderClaims): string | undefined {
  const { emails } = claims
  const found = Array.isArray(emails) ? emails.find((entry) => entry?.primary === true) : undefined
  return textOf(found?.email) ?? statedAddress(claims)
}

/** The member `data`, which contains everything that X states. */
export function dataOf({ data }: ProviderClaims): ProviderClaims {
  return typeof data === 'object' && data !== null ? (data as ProviderClaims) : {}
}
