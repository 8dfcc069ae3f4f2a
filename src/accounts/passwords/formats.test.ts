import { execFileSync } from 'node:child_process'
import { createHash, scryptSync } from 'node:crypto'
import bcrypt from 'bcryptjs'
import { hashPassword } from 'better-auth/crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { ensureDebianPackages } from '../../../test/debian.ts'
import { costOf, decoyLike, formatOf, looksHashed, readHash } from './formats.ts'
import { Passwords } from './passwords.ts'
import { operatorsTurn } from './queue/hash-turn.ts'

const own = new Passwords({ memoryKiB: 64, passes: 1 })
const passwords = {
  hash: (password: string) => own.hash(password, operatorsTurn),
  verify: (password: string, stored: string) => own.verify(password, { stored, turn: operatorsTurn }),
}

/** Passwords that people have and that programs get wrong. */
const typed = [
  'wonderland',
  'caf\u00e9 au lait',
  'cafe\u0301 au lait',
  '🦊 in the box',
  'x'.repeat(72),
  'p$a$s$s:word',
  ' blanks ',
]

/** The hashes that the programs we import from make of them. */
const program = `
import hashlib, json, sys
from werkzeug.security import generate_password_hash
from passlib.hash import scrypt as phc_scrypt
import bcrypt, argon2
from django.conf import settings
settings.configure(PASSWORD_HASHERS=[
  'django.contrib.auth.hashers.' + name for name in (
    'PBKDF2PasswordHasher', 'PBKDF2SHA1PasswordHasher', 'Argon2PasswordHasher', 'BCryptSHA256PasswordHasher', 'BCryptPasswordHasher')])
from django.contrib.auth.hashers import get_hasher, make_password

# Cheaper than by default, which is in test/cli/cli.test.ts and below: each is compared many times.
# As werkzeug does since 2.3; Debian's is older.
def scrypt(text, salt, n, r, p):
  digest = hashlib.scrypt(text.encode(), salt=salt.encode(), n=n, r=r, p=p, maxmem=132 * n * r * p)
  return f'scrypt:{n}:{r}:{p}\${salt}\${digest.hex()}'

made = []
for text in json.load(sys.stdin):
  raw = text.encode()
  made.append([text, {
    'scrypt (werkzeug)': scrypt(text, 'kDVuXEb2gdzHCzuA', 1024, 8, 1),
    'pbkdf2 (werkzeug)': generate_password_hash(text, 'pbkdf2:sha256:1000'),
    'pbkdf2 (werkzeug) sha1': generate_password_hash(text, 'pbkdf2:sha1:1000', 8),
    'pbkdf2 (werkzeug) sha512': generate_password_hash(text, 'pbkdf2:sha512:1000'),
    'pbkdf2 (Django)': get_hasher('pbkdf2_sha256').encode(text, 'kDVuXEb2gdzHCz', 1000),
    'pbkdf2 (Django) sha1': get_hasher('pbkdf2_sha1').encode(text, 'kDVuXEb2gdzHCz', 1000),
    'argon2 Django': make_password(text, hasher='argon2'),
    'argon2': argon2.PasswordHasher(time_cost=1, memory_cost=128, parallelism=1).hash(text),
    'argon2 i': argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=2, type=argon2.Type.I).hash(text),
    'bcrypt': bcrypt.hashpw(raw, bcrypt.gensalt(4)).decode(),
    'bcrypt 2a': bcrypt.hashpw(raw, bcrypt.gensalt(4, b'2a')).decode(),
    'bcrypt 2y': bcrypt.hashpw(raw, bcrypt.gensalt(4)).decode().replace('$2b$', '$2y$', 1),
    'bcrypt Django': 'bcrypt$' + bcrypt.hashpw(raw, bcrypt.gensalt(4)).decode(),
    'bcrypt_sha256 (Django)': make_password(text, hasher='bcrypt_sha256') if text == 'wonderland' else None,
    'scrypt (PHC)': phc_scrypt.using(rounds=8).hash(text),
  }])
json.dump(made, sys.stdout)
`

describe('hashes that other programs made', () => {
  let made: [text: string, hashes: Record<string, string | null>][] = []

  beforeAll(async () => {
    const modules = 'import werkzeug, bcrypt, argon2, django, passlib'
    const packages = ['werkzeug', 'bcrypt', 'argon2', 'django', 'passlib'].map((name) => `python3-${name}`)
    await ensureDebianPackages(packages, ['/usr/bin/python3', '-c', modules])
    made = JSON.parse(
      execFileSync('/usr/bin/python3', ['-c', program], { input: JSON.stringify(typed), encoding: 'utf8' }),
    )
  })

  const names = [
    'scrypt (werkzeug)',
    'pbkdf2 (werkzeug)',
    'pbkdf2 (werkzeug) sha1',
    'pbkdf2 (werkzeug) sha512',
    'pbkdf2 (Django)',
    'pbkdf2 (Django) sha1',
    'argon2 Django',
    'argon2',
    'argon2 i',
    'bcrypt',
    'bcrypt 2a',
    'bcrypt 2y',
    'bcrypt Django',
    'bcrypt_sha256 (Django)',
    'scrypt (PHC)',
  ]
  it.each(names)('by %s match their passwords and no others, and are outdated', async (name) => {
    const hashes = made.flatMap(([text, hashes]) => (hashes[name] ? [[text, hashes[name]] as const] : []))
    expect(hashes.length).toBeGreaterThan(0)
    for (const [text, hash] of hashes) {
      expect(name).toContain(formatOf(hash))
      expect(await passwords.verify(text, hash)).toEqual({ matches: true, outdated: true })
      expect((await passwords.verify(`${text.slice(0, -1)}!`, hash)).matches).toBe(false)
    }
  })

  it.each(names)('by %s have decoys of the same cost, which no password matches', async (name) => {
    const [text, hashes] = made[0] ?? ['', {}]
    const hash = hashes[name] as string
    const decoy = decoyLike(hash)
    expect([decoy === hash, decoy.length, costOf(decoy)]).toEqual([false, hash.length, costOf(hash)])
    expect(await readHash(decoy)?.(text)).toBe(false)
  })

  it('match another spelling of the password if they were made of the normalised one', async () => {
    const [, composed] = made
    expect((await passwords.verify('cafe\u0301 au lait', composed?.[1].bcrypt as string)).matches).toBe(true)
  })
})

describe('bcrypt', () => {
  it('accepts no password with NUL, because its beginning would be enough', async () => {
    const stored = await bcrypt.hash('wonder', 4)
    expect((await passwords.verify('wonder', stored)).matches).toBe(true)
    expect((await passwords.verify('wonder\0land', stored)).matches).toBe(false)
  })

  it('compares 72 bytes as before; after the upgrade all of them count', async () => {
    const long = 'x'.repeat(80)
    const stored = await bcrypt.hash(long, 4)
    expect(await passwords.verify(long, stored)).toEqual({ matches: true, outdated: true })
    const upgraded = await passwords.hash(long)
    expect((await passwords.verify(long, upgraded)).matches).toBe(true)
    expect((await passwords.verify(`${'x'.repeat(72)}another`, upgraded)).matches).toBe(false)
  })
})

describe('bcrypt_sha256', () => {
  it('accepts NUL, which bcrypt never sees', async () => {
    const stored = `bcrypt_sha256$${await bcrypt.hash(createHash('sha256').update('wonder\0land').digest('hex'), 4)}`
    expect((await passwords.verify('wonder\0land', stored)).matches).toBe(true)
    expect((await passwords.verify('wonder', stored)).matches).toBe(false)
  })
})

describe('scrypt', () => {
  it('accepts a low cost with large blocks', async () => {
    const digest = scryptSync('wonderland', 'salt', 32, { N: 2, r: 9999, p: 1, maxmem: 2 ** 24 })
    const stored = `scrypt:2:9999:1$salt$${digest.toString('hex')}`
    expect((await passwords.verify('wonderland', stored)).matches).toBe(true)
  })

  it('is read as Django writes it since 4.0', async () => {
    const digest = scryptSync('wonderland', 'salt', 64, { N: 16_384, r: 8, p: 1 })
    const stored = `scrypt$16384$salt$8$1$${digest.toString('base64')}`
    expect(formatOf(stored)).toBe('scrypt (Django)')
    expect((await passwords.verify('wonderland', stored)).matches).toBe(true)
    expect((await passwords.verify('another', stored)).matches).toBe(false)
  })
})

describe('better-auth', () => {
  it.each(typed)('accepts %j, and nothing else', async (text) => {
    const stored = await hashPassword(text)
    expect(formatOf(stored)).toBe('scrypt (better-auth)')
    expect(await passwords.verify(text, stored)).toEqual({ matches: true, outdated: true })
    expect((await passwords.verify(`${text.slice(0, -1)}!`, stored)).matches).toBe(false)
  })
})

describe('a stored hash', () => {
  const salt = 'c2FsdHNhbHRzYWx0'
  const digest = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
  const hex = 'ab'.repeat(32)
  const unknown: [what: string, stored: string][] = [
    ['nothing', ''],
    ['a password', 'wonderland'],
    ['MD5', '5f4dcc3b5aa765d61d8327deb882cf99'],
    ['crypt', '$1$abcdefgh$0123456789abcdefghijkl'],
    ['argon2 cut short', '$argon2id$v=19$m=64,t=1'],
    ['argon2 of an older version', `$argon2id$v=16$m=64,t=1,p=1$${salt}$${digest}`],
    ['argon2 of four gigabytes', `$argon2id$v=19$m=4194304,t=1,p=1$${salt}$${digest}`],
    ['argon2 of a thousand passes', `$argon2id$v=19$m=1048576,t=999,p=1$${salt}$${digest}`],
    ['argon2 of no pass', `$argon2id$v=19$m=64,t=0,p=1$${salt}$${digest}`],
    ['argon2 of no lane', `$argon2id$v=19$m=64,t=1,p=0$${salt}$${digest}`],
    ['argon2 of less memory than its lanes need', `$argon2id$v=19$m=64,t=1,p=9$${salt}$${digest}`],
    ['argon2 of four bytes', `$argon2id$v=19$m=64,t=1,p=1$${salt}$aGFzaA`],
    ['argon2 in another alphabet', `$argon2id$v=19$m=64,t=1,p=1$${salt}$${digest.slice(1)}_`],
    ['bcrypt before NUL was hashed', `$2$04$${'a'.repeat(53)}`],
    ['bcrypt of 31 rounds', `$2b$31$${'a'.repeat(53)}`],
    ['bcrypt of no rounds', `$2b$00$${'a'.repeat(53)}`],
    ['scrypt of four gigabytes', `scrypt:33554432:8:1$salt$${hex}`],
    ['scrypt of a cost that is no power of two', `scrypt:1000:8:1$salt$${hex}`],
    ['scrypt of no cost', `scrypt:0:8:1$salt$${hex}`],
    ['scrypt of a cost beyond its blocks', `scrypt:65536:1:1$salt$${hex}`],
    ['scrypt of many lanes', `scrypt:131072:8:9999$salt$${hex}`],
    ['scrypt of a huge exponent', `$scrypt$ln=99,r=8,p=1$${salt}$${digest}`],
    ['pbkdf2 of a hundred million', `pbkdf2:sha256:99999999$salt$${hex}`],
    ['pbkdf2 of none', `pbkdf2:sha256:0$salt$${hex}`],
    ['pbkdf2 that is negative', `pbkdf2:sha256:-5$salt$${hex}`],
    ['pbkdf2 of MD5', `pbkdf2:md5:1000$salt$${hex}`],
    ['pbkdf2 without salt', `pbkdf2:sha256:1000$$${hex}`],
    ['four digests in one', `pbkdf2:sha256:1000$salt$${hex.repeat(4)}`],
    ['a digest of one byte', 'pbkdf2:sha256:1000$salt$ab'],
    ['a megabyte', `pbkdf2:sha256:1000$${'s'.repeat(1_000_000)}$${hex}`],
    ['a line more', `pbkdf2:sha256:1000$salt$${hex}\n`],
  ]
  it.each(unknown)('of %s cannot be compared with, and matches nothing', async (_what, stored) => {
    expect(formatOf(stored)).toBeUndefined()
    expect(readHash(stored)).toBeUndefined()
    expect(await passwords.verify('wonderland', stored)).toEqual({ matches: false, outdated: false })
  })

  it('of a length that its algorithm never writes matches nothing, and throws nothing', async () => {
    const short = '$argon2id$v=19$m=64,t=1,p=1$c2Fs$YQ'
    expect(await passwords.verify('wonderland', short)).toEqual({ matches: false, outdated: false })
  })
})

describe('a hash to import', () => {
  const salt = 'c2FsdHNhbHRzYWx0'
  const digest = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g'
  const hex = 'ab'.repeat(32)
  const refused: [what: string, stored: string][] = [
    ['argon2 of half a gigabyte', `$argon2id$v=19$m=524288,t=1,p=1$${salt}$${digest}`],
    ['argon2 of 256 MiB and five passes', `$argon2id$v=19$m=262144,t=5,p=1$${salt}$${digest}`],
    ['bcrypt of 15 rounds', `$2b$15$${'a'.repeat(53)}`],
    ['bcrypt_sha256 of 15 rounds', `bcrypt_sha256$$2b$15$${'a'.repeat(53)}`],
    ['scrypt of half a gigabyte', `scrypt:524288:8:1$salt$${hex}`],
    ['scrypt of many lanes', `scrypt:32768:8:16$salt$${hex}`],
    ['pbkdf2 of four million', `pbkdf2:sha256:4000000$salt$${hex}`],
  ]
  it.each(refused)('is refused as %s, but still compared with if an earlier version accepted it', (_what, stored) => {
    expect(formatOf(stored)).toBeUndefined()
    expect(readHash(stored)).toBeDefined()
  })

  const taken: [what: string, stored: string][] = [
    ['Django’s argon2', `argon2$argon2id$v=19$m=102400,t=2,p=8$${salt}$${digest}`],
    ['argon2-cffi', `$argon2id$v=19$m=65536,t=3,p=4$${salt}$${digest}`],
    ['Django’s bcrypt', `bcrypt_sha256$$2b$12$${'a'.repeat(53)}`],
    ['bcrypt of 14 rounds', `$2y$14$${'a'.repeat(53)}`],
    ['Django’s scrypt', `scrypt$16384$salt$8$5$${Buffer.alloc(64).toString('base64')}`],
    ['werkzeug’s scrypt', `scrypt:32768:8:1$salt$${'ab'.repeat(64)}`],
    ['passlib’s scrypt', `$scrypt$ln=16,r=8,p=1$${salt}$${digest}`],
    ['werkzeug’s pbkdf2', `pbkdf2:sha256:1000000$salt$${hex}`],
    ['Django’s pbkdf2', `pbkdf2_sha256$1200000$salt$${Buffer.alloc(32).toString('base64')}`],
    ['better-auth', `${'ab'.repeat(16)}:${'ab'.repeat(64)}`],
  ]
  it.each(taken)('is accepted from %s, with its defaults', (_what, stored) => {
    expect(formatOf(stored)).toBeDefined()
  })
})

describe('a text in place of a password', () => {
  const hashes = [
    `pbkdf2:sha256:1000$salt$${'ab'.repeat(32)}`,
    'pbkdf2:sha256:900000000$salt$abababababab',
    '$argon2id$v=19$m=9999999,t=9,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaGhhc2g',
    '$1$salt$qJH7.N4xYta3aEG/dfqo/0',
    '$6$rounds=5000$salt$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjlO/O817G3uBnIFNjnQJu',
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
    '$P$BDg4pTv4.hLIqbKJjXPqM3dA2Xk4Yk0',
    '{SSHA}0c0blFTXXNuAMHECS4uxrj3ZieMoWImr',
    'sha1$a1b2c3$b9c5b2e2d0f1c5a0b6c2d1e0f9a8b7c6d5e4f3a2',
    'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
    '5f4dcc3b5aa765d61d8327deb882cf99',
    '5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8',
    '*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19',
    `${'ab'.repeat(8)}:${'cd'.repeat(32)}`,
    `!${'aB3'.repeat(13)}x`,
    `b'$2b$12$${'x'.repeat(53)}'`,
    `$wp$2y$10$${'x'.repeat(53)}`,
    `{BLF-CRYPT}$2y$05$${'x'.repeat(53)}`,
    '3|$argon2id$v=19$m=65536,t=4,p=1$c2FsdA$aGFzaA',
    `SCRAM-SHA-256$4096:${'x'.repeat(24)}`,
    `md5${'0a'.repeat(16)}`,
    `${'0a'.repeat(16)}:salt`,
    `0x0200${'0A'.repeat(24)}`,
    ...[16, 20, 28, 32, 48, 49, 61, 64].map((bytes) =>
      createHash('shake256', { outputLength: bytes }).digest('base64'),
    ),
    ...[32, 48, 64].map((bytes) => createHash('shake256', { outputLength: bytes }).digest('base64url')),
    'qUqP5cyxm6YcTAhz05Hph5gvu9M=',
    'X03MO1qnZdYdgyfeuILPmQ==',
  ]
  it.each(hashes)('%s looks hashed', (text) => expect(looksHashed(text)).toBe(true))

  const plain = [
    '',
    'test',
    'pa$$word',
    'p$a$s$s:word',
    '$ecret$123',
    '{curly}',
    'sha1',
    'md5$short',
    'deadbeef',
    'wonderland at tea time',
    '12:30',
    'a'.repeat(31),
    'crypt: my favourite word',
    'correcthorsebatterystaple',
    'Tr0ub4dor&3=',
    'aVery/Long+Passw0rdOfLetters',
    'JustLettersThatAreFortyThreeCharactersLongX',
    'sum=product==',
  ]
  it.each(plain)('%j does not', (text) => expect(looksHashed(text)).toBe(false))
})
