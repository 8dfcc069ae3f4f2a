import type { RevocationKind } from '../../revocations/revocation.ts'

/** What a revocation refers to. */
export interface RevocationName {
  readonly kind: RevocationKind
  readonly id: string
}

/** Contains a space, which no user id does. */
export const standingPrefix = 'disabled '

/**
 * How the journal stores it. Nodes of 0.1.0 cannot read past an unknown kind, so a standing looks to them like the
 * revocation of a user who does not exist.
 */
export function toStored({ kind, id }: RevocationName): { readonly kind: string; readonly id: string } {
  return kind === 'disabled' ? { kind: 'user', id: standingPrefix + id } : { kind, id }
}

export function fromStored({ kind, id }: { readonly kind: string; readonly id: string }): RevocationName {
  if (kind === 'user' && id.startsWith(standingPrefix)) return { kind: 'disabled', id: id.slice(standingPrefix.length) }
  return { kind: kind as RevocationKind, id }
}
