import { type RevocationKind, revocationKinds } from '../../revocations/revocation.ts'

/** What a revocation refers to. */
export interface RevocationName {
  readonly kind: RevocationKind
  readonly id: string
}

/** Contains a space, which no user id does. */
export const standingPrefix = 'disabled '

/**
 * How the journal stores it. Nodes of 0.1.0 do not know the kind `disabled`, so a standing looks to them like the
 * revocation of a user who does not exist.
 */
export function toStored({ kind, id }: RevocationName): { readonly kind: string; readonly id: string } {
  return kind === 'disabled' ? { kind: 'user', id: standingPrefix + id } : { kind, id }
}

/** @throws {Error} for a kind of a later version. What it revokes would otherwise stay valid here. */
export function fromStored({ kind, id }: { readonly kind: string; readonly id: string }): RevocationName {
  if (kind === 'user' && id.startsWith(standingPrefix)) return { kind: 'disabled', id: id.slice(standingPrefix.length) }
  const known = revocationKinds.find((one) => one === kind)
  if (known !== undefined) return { kind: known, id }
  throw new Error(`The database has a revocation of the kind '${kind}', which this version does not know: upgrade it`)
}
