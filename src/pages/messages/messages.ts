import type { en } from './en/index.ts'

/** Everything that pages say. English is complete; every other language has the same entries. */
export type Messages = typeof en
