import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Dialect } from './dialect.ts'

/** Whether Node would run this: whatever was put into a file must leave it so, names that are taken included. */
export function parses(text: string, { isTypeScript, isModule }: Dialect): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-init-'))
  // TypeScript's imports are a module's, whatever they are compiled to.
  const file = join(folder, isModule || isTypeScript ? 'file.mjs' : 'file.cjs')
  try {
    writeFileSync(file, isTypeScript ? stripTypeScriptTypes(text) : text)
    return spawnSync(process.execPath, ['--check', file], { stdio: 'ignore' }).status === 0
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}
