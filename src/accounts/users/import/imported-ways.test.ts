import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'

// V8 compiles this way in a process that has compiled many regular expressions. A repetition then takes stack for each
// character.
const unoptimized = ['--no-regexp-optimization', '--input-type=module', '--eval']

it('refuses megabytes, however regular expressions are compiled', () => {
  const program = `
    import { prepareUsers } from '${import.meta.dirname}/imported-user.ts'
    const big = (start, fill) => start + fill.repeat(16_000_000) + '!'
    const records = [
      { plainPassword: 'long enough', totp: [big('', '=')] },
      { plainPassword: 'long enough', totp: [big('otpauth://totp/x?secret=', 'A')] },
      { passwordHash: big('argon2', '-') },
      { plainPassword: big('md5', 'a') },
    ]
    const users = records.map((record, n) => ({ username: 'user' + n, ...record }))
    const prepared = await prepareUsers({ passwords: { load: { capacity: 4 } }, now: () => new Date() }, users)
    console.log(JSON.stringify(prepared.map(({ members }) => members[0].member)))`
  const printed = execFileSync(process.execPath, [...unoptimized, program], { encoding: 'utf8' })
  expect(JSON.parse(printed)).toEqual(['totp', 'totp', 'password_hash', 'password'])
})
