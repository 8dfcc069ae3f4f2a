import type { Page } from '../page.ts'

/** Where a person looks after an account. */
export const accountPages: readonly Page[] = []
