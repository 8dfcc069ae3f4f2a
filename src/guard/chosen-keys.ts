import { KeySet } from '../token/keys/key-set.ts'

/**
 * The remote sets that `verifyingKeyFor` has returned, so that they are waited for and closed as the manager's own keys
 * are. Held weakly: a set that the application drops is gone.
 */
export class ChosenKeys {
  readonly #known = new WeakSet<KeySet>()
  #sets: readonly WeakRef<KeySet>[] = []

  note(keys: unknown): void {
    if (!(keys instanceof KeySet) || !keys.isRemote || this.#known.has(keys)) return
    this.#known.add(keys)
    this.#sets = [...this.#sets.filter((set) => set.deref() !== undefined), new WeakRef(keys)]
  }

  /** Resolves when each is there or has failed; fails where all of them have: an issuer that is down stops no other. */
  async ready(): Promise<void> {
    const outcomes = await Promise.allSettled(this.#living.map((set) => set.ready()))
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected')
    if (failed.length > 0 && failed.length === outcomes.length) throw failed[0]?.reason
  }

  close(): void {
    for (const set of this.#living) set.close()
  }

  get #living(): readonly KeySet[] {
    return this.#sets.flatMap((set) => set.deref() ?? [])
  }
}
