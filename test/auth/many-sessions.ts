import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { start } from './service.ts'

const daySeconds = 86_400

/** Gives a user many sessions at once, older than any that a login makes. @returns Their ids, the one used longest ago first. */
export async function addSessions(url: string, userId: string, count: number): Promise<string[]> {
  const database = await openDatabase(url)
  const random = () => randomBytes(32).toString('hex')
  const mark = random()
  const rows = Array.from({ length: count }, (_, n) => ({
    id: `01800000-${mark.slice(0, 4)}-7${mark.slice(4, 7)}-8000-${n.toString(16).padStart(12, '0')}`,
    user_id: userId,
    family_hash: random(),
    refresh_hash: random(),
    created_at: start * 1000,
    last_used_at: start * 1000 + n - count,
    idle_expires_at: (start + daySeconds) * 1000,
    expires_at: (start + daySeconds) * 1000,
    user_agent: 'many',
    address: '192.0.2.1',
  }))
  await database.transaction(async (trx) => {
    for (let from = 0; from < count; from += 500) {
      await trx
        .insertInto('hallpass_sessions')
        .values(rows.slice(from, from + 500))
        .execute()
    }
  })
  await database.close()
  return rows.map(({ id }) => id)
}
