import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/store/engine/open-database.ts'
import { startService } from '../auth/service.ts'
import { emptyDatabases, type TestDatabase } from '../databases.ts'
import { ensureDebianPackages } from '../debian.ts'
import { bundledMain, type Finished, makeFolder, runHallpass, spawnHallpass } from '../server/process.ts'
import { hallpass as runInProcess } from './hallpass.ts'
import { helpOf } from './help.ts'

const secret = 'n0t-a-r3al-secret-but-long-enough-to-be-one'
const password = 'wonderland at tea time'

describe.each(emptyDatabases)('the command line on $name', ({ open }) => {
  let database: TestDatabase
  let folder: ReturnType<typeof makeFolder>
  beforeAll(async () => {
    database = await open()
    folder = makeFolder()
  })
  afterAll(async () => {
    await database.drop()
    folder.remove()
  })

  const options = (input: string | Buffer) => ({
    cwd: folder.path,
    env: { HALLPASS_DATABASE: database.url, HALLPASS_ENCRYPTION_SECRET: secret },
    input,
  })
  const hallpass = (args: string, input: string | Buffer = '') => runInProcess(args.split(' '), options(input))
  const startHallpass = (args: string, input = '') => runHallpass(args.split(' '), options(input))
  const json = async (args: string) => JSON.parse((await hallpass(`${args} --json`)).stdout)

  it('makes no database by a command that adds nothing', async () => {
    for (const command of ['users list', 'users roles alice', 'keys list', 'users import - --dry-run']) {
      const finished = await hallpass(command, password)
      expect([command, finished.exitCode, finished.stderr]).toEqual([
        command,
        78,
        expect.stringMatching(/^hallpass: .*[Rr]un 'hallpass migrate' or start the server\n$/),
      ])
    }
    expect((await hallpass('migrate --status')).exitCode).toBe(0)
    if (database.url.startsWith('sqlite:')) expect(existsSync(database.url.slice('sqlite:'.length))).toBe(false)
  })

  it('migrates, and says what is applied and what is pending', async () => {
    expect((await hallpass('migrate --status')).stdout).toBe(
      'pending  0001-accounts\npending  0002-keys-and-feed\npending  0003-shared-facts\npending  0004-mail-and-factors\npending  0005-ways-in\n',
    )
    expect((await hallpass('migrate')).stdout).toBe(
      'applied  0001-accounts\napplied  0002-keys-and-feed\napplied  0003-shared-facts\napplied  0004-mail-and-factors\napplied  0005-ways-in\n',
    )
    expect(await json('migrate --status')).toEqual({
      applied: ['0001-accounts', '0002-keys-and-feed', '0003-shared-facts', '0004-mail-and-factors', '0005-ways-in'],
      pending: [],
    })
  })

  it('adds users, shows them and lists them', async () => {
    const added = await startHallpass('users add Alice --email alice@example.com --role admin editor', `${password}\n`)
    expect([added.exitCode, added.stderr]).toEqual([0, ''])
    await hallpass('users add bob', password)
    const alice = await json('users show alice')
    expect(alice).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      username: 'Alice',
      email: 'alice@example.com',
      roles: ['admin', 'editor'],
      disabled: false,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_login_at: null,
      email_verified_at: null,
      second_factors: [],
      linked_accounts: [],
      recovery_codes_left: 0,
      sessions: 0,
      failed_logins: 0,
      limited: false,
      wrong_codes: 0,
    })
    expect(await json(`users show ${alice.id}`)).toEqual(alice)
    expect((await json('users list')).map((user: { username: string }) => user.username)).toEqual(['Alice', 'bob'])
    expect(await json(`users list --after ${alice.id} --limit 1`)).toMatchObject([{ username: 'bob' }])
    await hallpass('users add 山田太郎', password)
    const [head = '', first, , third] = (await hallpass('users list')).stdout.split('\n')
    expect(head).toMatch(/^id +username +email +roles +disabled/)
    expect(first?.slice(head.indexOf('email'))).toMatch(/^alice@example\.com {2}admin editor/)
    // Four characters in eight columns: what follows is four characters further to the left.
    expect(third?.slice(head.indexOf('email') - 4)).toMatch(/^- {18}- {13}false/)
    expect((await hallpass('users delete 山田太郎 --yes')).exitCode).toBe(0)
  })

  const refused: [command: string, input: string | Buffer, exitCode: number, says: RegExp][] = [
    ['users add alice', password, 1, /taken/],
    ['users add carol', 'short', 1, /at least 8/],
    ['users add carol', 'password', 1, /too common/],
    ['users add carol', '', 64, /empty/],
    ['users add carol', 'wonder\0land at tea time', 64, /not UTF-8/],
    ['users add carol', Buffer.from('Wunderland zur Teestünde', 'latin1'), 64, /not UTF-8/],
    ['users add carol', 'x'.repeat(2 ** 17), 64, /line of standard input/],
    ['users add caro\u200dl', password, 1, /invisible/],
    ['users show nobody', '', 1, /such user: nobody/],
    ['users disable nobody', '', 1, /such user: nobody/],
    ['users delete bob', '', 64, /--yes/],
    ['users list --limit none', '', 64, /--limit/],
    ['users import - --rejects /nonexistent/rejects', '', 1, /rejects cannot be written/],
    ['users import -', '\0', 1, /Standard input is not UTF-8 text/],
    ['users import /dev/zero', '', 1, /\/dev\/zero is not UTF-8 text/],
    ['mail list --limit none', '', 1, /limit must be a whole number/],
    ['mail list --after x', '', 1, /after must be/],
    [`keys revoke -${'A'.repeat(42)}`, '', 1, /such key/],
    [`keys revoke --${'h'.repeat(41)} --algorithm ES256`, '', 1, /such key/],
    ['sessions revoke 0', '', 1, /such session/],
    ['token verify', 'x.y.z', 1, /./],
  ]
  it.each(refused)('refuses %j in one line and with its code', async (command, input, exitCode, says) => {
    expectRefusal(await hallpass(command, input), exitCode, says)
  })

  it('tells the shell of a refusal, and writes what another program reads', async () => {
    expectRefusal(await startHallpass('users disable nobody'), 1, /No such user/)
    const { exitCode, stdout } = await startHallpass('users show alice --json')
    expect([exitCode, JSON.parse(stdout)]).toEqual([0, await json('users show alice')])
  })

  it('changes users, and what it takes away is gone', async () => {
    const service = await startService(database.url)
    const login = (secret: string) =>
      service.call('POST', '/auth/login', { body: { username: 'bob', password: secret } })
    const { body } = await login(password)
    expect(await json('sessions list bob')).toMatchObject([{ address: '127.0.0.1' }])
    expect((await json('users roles bob reader')).roles).toEqual(['reader'])
    expect((await json('users roles bob')).roles).toEqual([])
    await hallpass('users set-password bob', 'another tea time')
    expect((await login(password)).status).toBe(401)
    expect((await login('another tea time')).status).toBe(200)
    expect((await service.call('POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } })).status).toBe(
      401,
    )
    expect((await json('users disable bob')).disabled).toBe(true)
    expect((await login('another tea time')).status).toBe(401)
    expect((await json('users enable bob')).disabled).toBe(false)
    expect((await login('another tea time')).status).toBe(200)
    expect((await hallpass('sessions revoke --user bob')).stdout).toBe('Ended 1 session\n')
    expect(await json('sessions list bob')).toEqual([])
    expect(await json('users delete bob --yes')).toMatchObject({ username: 'bob', disabled: false })
    expect((await hallpass('users show bob')).exitCode).toBe(1)
    await service.auth.close()
  })

  it('imports users of a Flask app, who log in with their old passwords and have argon2id hashes afterwards', async () => {
    await ensureDebianPackages(['python3-werkzeug'], ['/usr/bin/python3', '-c', 'import werkzeug'])
    const flask = `
import hashlib, json
from werkzeug.security import generate_password_hash
for number in range(4):
  text = f'flask password {number}'
  method = ['pbkdf2:sha256:1000', 'pbkdf2:sha512:1000'][number % 2]
  print(json.dumps({'username': f'flask{number}', 'email': None, 'password_hash': generate_password_hash(text, method)}))
digest = hashlib.scrypt(b'flask password 4', salt=b'NaClNaCl', n=32768, r=8, p=1, maxmem=132 * 32768 * 8).hex()
print(json.dumps({'username': 'flask4', 'password_hash': f'scrypt:32768:8:1$NaClNaCl\${digest}', 'roles': ['reader']}))`
    const exported = execFileSync('/usr/bin/python3', ['-c', flask], { encoding: 'utf8' })
    const imported = await hallpass('users import -', exported)
    expect(imported).toMatchObject({ exitCode: 0, stdout: 'added 5, already there 0, refused 0\n', stderr: '' })
    expect((await hallpass('users import -', exported)).stdout).toBe('added 0, already there 5, refused 0\n')
    const service = await startService(database.url, { passwords: {} })
    for (let number = 0; number < 5; number++) {
      const body = { username: `flask${number}`, password: `flask password ${number}` }
      expect((await service.call('POST', '/auth/login', { body: { ...body, password: 'wrong' } })).status).toBe(401)
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    }
    await service.auth.close()
    const { sql, close } = await openDatabase(database.url)
    const rows = await sql
      .selectFrom('hallpass_users')
      .select('password_hash')
      .where('username', 'like', 'flask%')
      .execute()
    for (const { password_hash } of rows) expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    await close()
    // Who has logged in since is there, and is left alone.
    expect((await hallpass('users import -', exported)).stdout).toBe('added 0, already there 5, refused 0\n')
  })

  const hash = `pbkdf2:sha256:1000$salt$${'ab'.repeat(32)}`
  const files: [what: string, format: string, content: string, added: number, refused: RegExp[]][] = [
    ['nothing', 'jsonl', '', 0, []],
    [
      'a byte order mark, carriage returns and empty lines',
      'jsonl',
      `\ufeff{"username":"i1","password_hash":"${hash}"}\r\n\r\n`,
      1,
      [],
    ],
    ['no JSON', 'jsonl', 'hello\n', 0, [/line 1: Not JSON/]],
    ['a list', 'jsonl', '[]\n', 0, [/line 1: .*object/]],
    ['a number for a name', 'jsonl', `{"username":1,"password_hash":"${hash}"}\n`, 0, [/line 1: username/]],
    [
      'a password',
      'jsonl',
      '{"username":"i2","password":"in the clear"}\n',
      0,
      [/line 1: .*Only password hashes are imported.*plain text/],
    ],
    ['a hash that is called password', 'jsonl', `{"username":"i0","password":"${hash}"}\n`, 1, []],
    [
      'a hash of no known format',
      'jsonl',
      '\n{"username":"i2","password_hash":"md5"}\n',
      0,
      [/line 2: .*unknown format/],
    ],
    [
      'one name twice',
      'jsonl',
      `{"username":"i3","password_hash":"${hash}"}\n{"username":"I3","password_hash":"${hash.replace('ab', 'cd')}"}\n`,
      1,
      [/line 2: .*taken/],
    ],
    [
      'CSV',
      'csv',
      `username,password_hash,email,roles,disabled\r\n"i4",${hash},,admin;editor,true\r\ni5,${hash},i5@example.com,,\r\n`,
      2,
      [],
    ],
    ['CSV that breaks off', 'csv', `username,password_hash\ni6,${hash}\ni7\n"i8,${hash}\n`, 1, [/line 3/, /line \d/]],
    ['CSV of other columns', 'csv', `name,hash\ni9,${hash}\n`, 0, [/line 2: /]],
    [
      'refused lines in their order',
      'csv',
      `username,password_hash,email\n"broken,${hash},\n`.replace('"broken', 'a"b') +
        `i23,${hash},nowhere\nc"d,${hash},\ni24,md5,\ni25,${hash},\n`,
      1,
      [/^line 2: .*\nline 3: .*\nline 4: .*\nline 5: /],
    ],
  ]
  it.each(files)('imports %s', async (_what, format, content, added, refused) => {
    const path = join(folder.path, `users.${format}`)
    writeFileSync(path, content)
    const { exitCode, stdout, stderr } = await hallpass(
      `users import ${path} --rejects ${join(folder.path, 'rejects')}`,
    )
    // One pattern may be for several lines.
    const count = refused.join('').split('line ').length - 1
    expect([exitCode, stdout]).toEqual([count > 0 ? 1 : 0, `added ${added}, already there 0, refused ${count}\n`])
    for (const pattern of refused) expect(stderr).toMatch(pattern)
    expect(stderr).not.toContain(hash.slice(-20))
    const rejects = readFileSync(join(folder.path, 'rejects'), 'utf8').trim()
    const lines = rejects === '' ? [] : rejects.split('\n').map((line) => JSON.parse(line).line)
    expect(lines).toEqual(lines.toSorted((one, other) => one - other))
    expect(lines).toHaveLength(count)
    expect(statSync(join(folder.path, 'rejects')).mode & 0o777).toBe(0o600)
  })

  it('does not overwrite the file that it imports', async () => {
    const path = join(folder.path, 'only-copy.jsonl')
    writeFileSync(path, '{}\n')
    expectRefusal(await hallpass(`users import ${path} --rejects ${folder.path}/./only-copy.jsonl`), 64, /--rejects/)
    expect(readFileSync(path, 'utf8')).toBe('{}\n')
  })

  it('hashes plain passwords where it is asked to, says what to delete, and names the columns that it ignores', async () => {
    const plain = ['test', ' p\u00e4ssw\u00f6rd ', '123456']
    const records: object[] = plain.map((password, number) => ({
      id: 60 + number,
      username: `plain${number}`,
      password,
    }))
    records.push({ id: '63', username: 'plain3', password: hash, created_at: '2024-03-01 12:00:00', 'a\u001b[2Jb': 1 })
    records.push({ username: 'plain4', password: '5f4dcc3b5aa765d61d8327deb882cf99', admin: true })
    const path = join(folder.path, 'plain.jsonl')
    writeFileSync(path, records.map((record) => JSON.stringify(record)).join('\n'))
    const rejects = join(folder.path, 'plain-rejects')
    writeFileSync(rejects, '', { mode: 0o644 })

    const unasked = await hallpass(`users import ${path} --dry-run`)
    expect([unasked.exitCode, unasked.stdout]).toEqual([1, 'added 1, already there 0, refused 4\n'])
    expect(unasked.stderr).toMatch(/^line 1: .*plain text\nline 2: .*\nline 3: .*\nline 5: .*unknown format/)
    expect(unasked.stderr).toMatch(/3 look like passwords in plain text: --plain-passwords/)
    const done = await hallpass(`users import ${path} --plain-passwords --rejects ${rejects}`)
    expect([done.exitCode, done.stdout]).toEqual([1, 'added 4, already there 0, refused 1\n'])
    expect(done.stderr).toContain('ignored columns: "a\\u001b[2Jb", admin\n')
    expect(done.stderr).toContain(`Delete ${path} and ${rejects}`)
    expect(done.stderr).not.toContain(plain[1])
    expect(statSync(rejects).mode & 0o777).toBe(0o600)
    expect(JSON.parse((await hallpass(`users import ${path} --plain-passwords --json`)).stdout)).toEqual({
      added: 0,
      already_there: 4,
      refused: 1,
      ignored_columns: ['a\u001b[2Jb', 'admin'],
    })

    const { sql, close } = await openDatabase(database.url)
    const rows = await sql.selectFrom('hallpass_users').selectAll().where('id', 'like', '6_').orderBy('id').execute()
    await close()
    expect(rows.map(({ id }) => id)).toEqual(['60', '61', '62', '63'])
    expect(Number(rows[3]?.created_at)).toBe(Date.UTC(2024, 2, 1, 12))
    for (const row of rows.slice(0, 3)) expect(row.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const service = await startService(database.url, { passwords: {} })
    for (const [number, password] of plain.entries()) {
      const body = { username: `plain${number}`, password }
      expect((await service.call('POST', '/auth/login', { body })).status).toBe(200)
    }
    await service.auth.close()
  })

  it('adds nobody on a dry run', async () => {
    const content = `{"username":"dry","password_hash":"${hash}"}\n`
    expect((await hallpass('users import - --dry-run', content)).stdout).toBe('added 1, already there 0, refused 0\n')
    expect((await hallpass('users show dry')).exitCode).toBe(1)
  })

  it('exports every account as import takes it, on another database', async () => {
    const ids = { verified: '01a00000-0000-7000-8000-000000000001', disabled: '01a00000-0000-7000-8000-000000000002' }
    const made = { created_at: '2026-01-02T03:04:05.678Z', password_hash: hash }
    const records = [
      { id: ids.verified, username: 'Exported', email: 'exported@example.com', email_verified: made.created_at },
      {
        id: ids.disabled,
        username: '漢字 exported',
        email: null,
        email_verified: false,
        disabled: true,
        roles: ['a', 'b'],
      },
    ].map((record) => JSON.stringify({ roles: [], disabled: false, ...made, ...record }))
    await hallpass('users import -', records.join('\n'))
    const { stdout } = await hallpass('users export')
    const lines = stdout.trimEnd().split('\n')
    const exported = lines.map((line) => JSON.parse(line)).filter(({ username }) => /exported/i.test(username))
    expect(exported).toEqual(records.map((record) => JSON.parse(record)))
    const elsewhere = `--database sqlite:${join(folder.path, 'exported.db')}`
    const imported = await hallpass(`users import - ${elsewhere}`, stdout)
    expect(imported.stdout).toBe(`added ${lines.length}, already there 0, refused 0\n`)
    expect((await hallpass(`users export ${elsewhere}`)).stdout).toBe(stdout)
  })

  it.skipIf(process.platform === 'win32')('says that an import waits for its pipe', async () => {
    const pipe = join(folder.path, 'users.pipe')
    execFileSync('mkfifo', [pipe])
    const writer = spawn('sh', ['-c', ': > "$0"', pipe])
    const { stdout, stderr } = await hallpass(`users import ${pipe}`)
    expect([stdout, stderr]).toEqual([
      'added 0, already there 0, refused 0\n',
      `${pipe} is a pipe: waiting for what is written to it\n`,
    ])
    writer.kill()
  })

  it('goes on with an import that was killed in its middle', async () => {
    const lines = Array.from({ length: 1500 }, (_, n) => `{"username":"many${n}","password_hash":"${hash}"}\n`)
    const running = spawnHallpass(['users', 'import', '-'], {
      cwd: folder.path,
      env: { HALLPASS_DATABASE: database.url },
      input: lines.slice(0, 1000).join(''),
      // It is killed before it has seen the rest, however fast it is.
      keepInputOpen: true,
    })
    const { sql, close } = await openDatabase(database.url)
    const imported = sql.selectFrom('hallpass_users').select('id').where('username', 'like', 'many%')
    await vi.waitUntil(async () => (await imported.execute()).length > 0, { timeout: 600_000, interval: 20 })
    running.child.kill('SIGKILL')
    await running.finished
    const there = (await imported.execute()).length
    await close()
    expect(there).toBeLessThan(lines.length)
    const again = async () => JSON.parse((await hallpass('users import - --json', lines.join(''))).stdout)
    const { added, already_there, refused } = await again()
    expect([added + already_there, refused]).toEqual([lines.length, 0])
    // PostgreSQL may commit a little more of what it was sent.
    expect(already_there).toBeGreaterThanOrEqual(there)
    expect(await again()).toEqual({ added: 0, already_there: lines.length, refused: 0 })
  })

  it('lists the keys without the secret that encrypts them', async () => {
    const env = { HALLPASS_DATABASE: database.url }
    expect((await hallpass('keys rewrap')).exitCode).toBe(0)
    const { exitCode, stdout, stderr } = await runInProcess(['keys', 'list', '--json'], { cwd: folder.path, env })
    expect([exitCode, stderr, JSON.parse(stdout)]).toEqual([0, '', await json('keys list')])
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ state: 'active' }))
  })

  it('takes former names, with one line of notice on standard error', async () => {
    const path = join(folder.path, 'former.secret')
    writeFileSync(path, secret, { mode: 0o600 })
    const env = { HALLPASS_DATABASE: database.url, HALLPASS_SECRET_PREVIOUS: secret }
    const args = ['keys', 'rewrap', '--secret-file', path]
    const { exitCode, stdout, stderr } = await runInProcess(args, { cwd: folder.path, env })
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^Re-encrypted \d+ keys?\n$/)])
    expect(stderr.split('\n')).toEqual([
      'hallpass: --secret-file is deprecated: rename it to --encryption-secret-file',
      'hallpass: HALLPASS_SECRET_PREVIOUS is deprecated: rename it to HALLPASS_PREVIOUS_ENCRYPTION_SECRET',
      '',
    ])
  })

  it('issues tokens, decodes them and checks them', async () => {
    const issued = await hallpass('token issue --identity bot --expires-in 60 --claim role=deploy --claim level=3')
    const token = issued.stdout.trim()
    const verified = JSON.parse((await hallpass('token verify', token)).stdout)
    expect(verified).toMatchObject({ verified: true, claims: { sub: 'bot', role: 'deploy', level: 3, fresh: false } })
    expect(verified.claims.exp - verified.claims.iat).toBe(60)
    const changed = `${token.slice(0, -3)}${token.endsWith('AAA') ? 'BBB' : 'AAA'}`
    expect(JSON.parse((await hallpass(`token decode ${changed}`)).stdout)).toMatchObject({ verified: false })
    expect((await hallpass('token verify', changed)).exitCode).toBe(1)
    expect((await hallpass('token verify --issuer https://id.example', token)).exitCode).toBe(1)
    // Also those that this server would not accept: for tests of a client, and for another service.
    for (const which of ['--expires-in -60', '--claim aud=orders']) {
      const made = await hallpass(`token issue --identity bot ${which}`)
      expect([made.exitCode, made.stderr]).toEqual([0, ''])
      const other = made.stdout.trim()
      expect(JSON.parse((await hallpass(`token decode ${other}`)).stdout)).toMatchObject({ claims: { sub: 'bot' } })
      expect((await hallpass('token verify', other)).exitCode).toBe(1)
    }
  })
})

/** One clear line, or a few: no stack, and nothing that a program would read. */
function expectRefusal({ exitCode, stdout, stderr }: Finished, expected: number, says: RegExp): void {
  expect([exitCode, stderr]).toEqual([expected, expect.stringMatching(says)])
  expect(stderr).not.toMatch(/ {4}at /)
  expect(stdout).toBe('')
}

describe('hallpass', () => {
  const refused: [command: string, input: string, exitCode: number, says: RegExp][] = [
    ['users add carol secret', password, 64, /never an argument/],
    ['users import nothing.jsonl', '', 1, /cannot be read/],
    ['users import /', '', 1, /\/ cannot be read: it is a directory$/m],
    ['users import - --format xml', '', 64, /jsonl or csv/],
    ['sessions revoke', '', 64, /--user/],
    ['token issue', '', 64, /--identity/],
    ['frobnicate', '', 64, /unknown command/],
    ['users list --database app.db', '', 78, /--database/],
    ['migrate --database sqlite:one.db --database sqlite:two.db', '', 64, /--database is given twice/],
  ]
  it.each(refused)('refuses %j before it opens a database', async (command, input, exitCode, says) => {
    const folder = makeFolder()
    expectRefusal(await runInProcess(command.split(' '), { cwd: folder.path, input }), exitCode, says)
    expect(readdirSync(folder.path)).toEqual([])
    folder.remove()
  })

  it('makes secrets that production takes', async () => {
    const [one, other] = [await runInProcess(['secret']), await runHallpass(['secret'])]
    expect(one.stdout).toMatch(/^[\w-]{43}\n$/)
    expect(createHash('sha256').update(one.stdout).digest()).not.toEqual(
      createHash('sha256').update(other.stdout).digest(),
    )
  })

  it('is described, every command with an example', async () => {
    const names = [
      'serve',
      'migrate',
      ...[
        ...'add list show disable enable delete set-password roles verify-email'.split(' '),
        ...'unlock reset-factors one-time-link import export'.split(' '),
      ].map((name) => `users ${name}`),
      ...['list', 'revoke'].map((name) => `sessions ${name}`),
      ...['list', 'rotate', 'revoke', 'rewrap', 'export-public'].map((name) => `keys ${name}`),
      ...['add', 'list', 'remove'].map((name) => `clients ${name}`),
      'secret',
      ...['issue', 'decode', 'verify'].map((name) => `token ${name}`),
    ]
    const documented = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')
    for (const name of names) {
      const stdout = await helpOf(name)
      expect(stdout).toMatch(/Example:\n {2}.*hallpass /)
      expect(documented).toContain(`hallpass ${name}`)
      const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option as string)
      if (name !== 'serve')
        for (const option of options) expect([name, documented]).toEqual([name, expect.stringContaining(option)])
    }
  })

  const settingsUsed: [command: string, settings: string[]][] = [
    ['keys list', ['--database']],
    ['keys export-public', ['--database', '--encryption-secret-file', '--previous-encryption-secret-file']],
    [
      'token verify',
      [
        ...['--database', '--encryption-secret-file', '--previous-encryption-secret-file'],
        ...['--issuer', '--audience', '--leeway-seconds'],
      ],
    ],
  ]
  it.each(settingsUsed)('lists only the settings that %s uses', async (command, expected) => {
    const shown = (await helpOf(command)).matchAll(/^ {2}(--[a-z-]+) </gm)
    expect([...shown].map(([, flag]) => flag).toSorted()).toEqual(expected.toSorted())
  })

  it('prints what describes a command, and ends with 0', async () => {
    const finished = await runHallpass(['users', 'add', '--help'])
    expect(finished).toEqual({ exitCode: 0, stdout: await helpOf('users add'), stderr: '' })
  })

  it('does not mind that nobody reads on', () => {
    const script = `"${process.execPath}" "${bundledMain}" --help | head -1`
    expect(execFileSync('bash', ['-o', 'pipefail', '-c', script], { encoding: 'utf8' })).toMatch(/^Usage: hallpass/)
  })

  const broken: [what: string, script: string, exitCode: number, says: RegExp][] = [
    ['standard output is full', 'exec "$0" "$1" secret > /dev/full', 1, /^hallpass: .*output.*ENOSPC\n$/],
    ['standard error is full', 'exec "$0" "$1" frobnicate 2> /dev/full', 64, /^$/],
    [
      'the working directory was deleted',
      'cd "$(mktemp -d)" && rmdir "$PWD" && exec "$0" "$1" secret',
      78,
      /^hallpass: .*working directory.*\n$/,
    ],
  ]
  it.skipIf(!existsSync('/dev/full')).each(broken)('says so in a line if %s', (_what, script, exitCode, says) => {
    const finished = spawnSync('sh', ['-c', script, process.execPath, bundledMain], { encoding: 'utf8' })
    expectRefusal({ ...finished, exitCode: finished.status }, exitCode, says)
  })
})
