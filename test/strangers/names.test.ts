// @lane servers
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  admitLogin,
  createOwnerRole,
  listLogins,
  nextLoginName,
} from '@rekey/db-pool-rotator/roles'
import { inTransaction } from '@rekey/db-pool-rotator/internal/roles'
import { printableLine, Secret } from '@rekey/secret'
import { shellWord } from '@rekey/secret/internal'
import { runRekey } from '@rekey/test-support'
import { openPostgres } from '@rekey/testbed'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'

const CONTROLS = [...Array.from({ length: 31 }, (_, n) => String.fromCodePoint(n + 1)), '\u007f']
const BIDI = ['\u202e', '\u2066', '\u200f', '\u2028', '\u0085']
const QUOTES = [
  '"',
  "'",
  '`',
  '--',
  '$$',
  '$(id)',
  '\\',
  '/*',
  ';',
  '%s',
  '$1',
  '*',
  '~',
  '!',
  ' ',
  'é',
]
const UNREADABLE = [...CONTROLS, ...BIDI]
/** Whatever rules a terminal, turns the direction of text, or ends a line. */
const RULING = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u

const nameWith = (part: string) => `a${part}b`

it('S28: a name in a command that people copy is one word of it in a shell, and stays on its line', () => {
  const names = [...UNREADABLE, ...QUOTES].map(nameWith)
  const words = names.map(shellWord)
  const given = execFileSync('sh', ['-c', `printf '%s\\0' ${words.join(' ')}`], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  expect(given.split('\0').slice(0, -1)).toEqual(names.map(printableLine))
  for (const word of words) expect(word.replaceAll('\t', '')).not.toMatch(RULING)
})

it('S28: a name is printed on the line that it is part of, as text and as JSON, whatever is in it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-names-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const name = [...UNREADABLE, ...QUOTES].map(nameWith).join('')
  const family = join(directory, 'family.json')
  await writeFile(family, JSON.stringify({ [name]: name, services: { [name]: {} } }))
  const runs = [
    [name],
    ['rotate', 'api-key', 'a:b', '--family', family],
    ['audit', 'verify', join(directory, name.replaceAll('/', ''))],
  ]
  for (const args of runs) {
    const [plain, json] = await Promise.all([runRekey(args), runRekey([...args, '--json'])])
    expect(plain.stderr).toContain('u{202e}')
    for (const line of `${plain.stdout}${plain.stderr}${json.stderr}`.split('\n')) {
      expect(line.replaceAll('\t', '')).not.toMatch(RULING)
    }
    for (const line of json.lines()) expect(line).toHaveProperty('type')
  }
}, 60_000)

it('S28: a role has no name that cannot be read, and each other one is quoted wherever it reaches SQL', async () => {
  const server = await openPostgres()
  onTestFinished(() => server.close())
  const admin = new pg.Client({ connectionString: server.adminUrl.expose() })
  await admin.connect()
  onTestFinished(() => admin.end())
  await admin.query('create role x')
  for (const part of UNREADABLE) {
    const refused = { code: 'malformed' }
    await expect(createOwnerRole(admin, nameWith(part))).rejects.toMatchObject(refused)
  }
  for (const part of QUOTES) {
    const ownerRole = `a${part}";alter role x superuser;${part}--`
    await createOwnerRole(admin, ownerRole)
    const login = nextLoginName(ownerRole)
    const password = Secret.of(randomBytes(24).toString('hex'), 'DATABASE_A')
    await inTransaction(admin, () => admitLogin(admin, { ownerRole, login, password }))
    expect(await listLogins(admin, ownerRole)).toMatchObject([{ name: login }])
  }
  const harmed = 'select rolname from pg_roles where rolsuper and oid >= 16384'
  expect((await admin.query(harmed)).rows).toEqual([])
}, 60_000)
