import type { RevocationKind } from '../../revocations/revocation.ts'

/** What a revocation is called. */
export interface RevocationName {
  readonly kind: RevocationKind
  readonly id: string
}

/** No id of a user has a blank in it. */
export const standingPrefix = 'disabled '

/**
 * How the journal keeps it. Nodes of 0.1.0 cannot read on behind a kind that they do not know: what such a user's standing
 * is to them is the revocation of a user who does not exist.
 */
export function toStored({ kind, id }: RevocationName): { readonly kind: string; readonly id: string } {
  return kind === 'disabled' ? { kind: 'user', id: standingPrefix + id } : { kind, id }
}

export function fromStored({ kind, id }: { readonly kind: string; readonly id: string }): RevocationName {
  if (kind === 'user' && id.startsWith(standingPrefix)) return { kind: 'disabled', id: id.slice(standingPrefix.length) }
  return { kind: kind as RevocationKind, id }
}
