// @lane servers
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, realpathSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { runSourceFlags } from '@rekey/testbed'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const MAIN = join(import.meta.dirname, '../../../rekey/src/main.ts')
const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-backup-'))
afterAll(() => rm(cwd, { recursive: true }))

const read = (name: string) => readFile(join(cwd, name), 'utf8')

/** Runs `rekey ca`, and checks that no passphrase here is in the output. */
async function ca(...args: string[]) {
  const run = await runProgram(['ca', ...args], { cwd })
  for (const name of (await readdir(cwd)).filter((one) => one.endsWith('.pass'))) {
    expect(run.output).not.toContain((await read(name)).trimEnd())
  }
  return run
}

const OWN = ['--passphrase-file', 'root.pass']
const LISTS = ['--lists', 'lists']
const OPENING = ['--backup-passphrase-file', 'backup.pass']
const RESTORED = ['--lists', 'lists-2', '--published', 'lists/crl-bundle.pem']

beforeAll(async () => {
  for (const name of ['root', 'other']) {
    await ca('init-root', name, '--name', `The ${name}`, '--passphrase-out', `${name}.pass`)
  }
  await ca('lists', 'root', ...LISTS, ...OWN)
  const made = ['--out', 'backup', '--backup-passphrase-out', 'backup.pass', '--json']
  const { lines } = await ca('backup', 'create', 'root', ...OWN, ...LISTS, ...made)
  expect(lines()).toMatchObject([
    { outcome: 'backed-up', out: join(cwd, 'backup'), opens: ['passphrase'], crl: '2' },
  ])
  await mkdir(join(cwd, 'full'))
  await cp(join(cwd, 'root.pass'), join(cwd, 'full/file'))
}, 60_000)

/** The names that a command left, beside those from before it. */
async function madeBy(run: () => Promise<unknown>): Promise<string[]> {
  const before = await readdir(cwd)
  await run()
  return (await readdir(cwd)).filter((name) => !before.includes(name))
}

it('verifies a backup, whole and then opened, for people and for scripts', async () => {
  const whole = await ca('backup', 'verify', 'backup', '--certificate', 'root/ca.crt')
  expect([whole.code, whole.output]).toEqual([
    0,
    expect.stringMatching(/^L0: whole and signed by CN=The root G1, made .*; not opened; it/),
  ])
  const { lines } = await ca('backup', 'verify', 'backup', ...OPENING, '--json')
  expect(lines()).toMatchObject([{ outcome: 'verified', level: 'L1', subject: 'CN=The root G1' }])
})

const CREATE = ['backup', 'create', 'root', ...OWN, ...LISTS]
const RESTORE = ['restore', 'backup', 'root-2', '--passphrase-out', 'new.pass']
const NEW = ['--backup-passphrase-out', 'new.pass']

it.each([
  [
    'without the lists of a CA that has issued some',
    ['backup', 'create', 'root', ...OWN],
    'missing: the CA has issued revocation lists',
  ],
  [
    'without anything that opens it',
    CREATE,
    'refused: nothing would open the backup: the CA has no escrow',
  ],
  [
    'with the passphrase of the key',
    [...CREATE, '--backup-passphrase-file', 'root.pass'],
    'refused: the passphrase of the backup is that of the key',
  ],
  [
    'with a wrong passphrase',
    [...CREATE.slice(0, 3), '--passphrase-file', 'other.pass', ...LISTS],
    'rejected: the CA key',
  ],
  [
    'with a passphrase file that is not there',
    [...CREATE, '--backup-passphrase-file', 'none.pass'],
    'missing: the file of --backup-passphrase-file does not exist',
  ],
  ['of a directory that is no keystore', ['backup', 'create', 'full', ...OWN], 'refused: '],
])('makes no backup %s', async (_, args, words) => {
  const flags = args.includes('--backup-passphrase-file') || words.includes('escrow') ? [] : NEW
  const left = await madeBy(async () => {
    const { code, output } = await ca(...args, ...flags, '--out', 'backup-2')
    expect([code, output]).toEqual([1, expect.stringContaining(words)])
  })
  expect(left).toEqual([])
})

it('makes no backup in a place with something in it, or in the keystore', async () => {
  for (const [out, words] of [
    ['full', 'conflict: '],
    ['backup', 'conflict: '],
    ['root/backup', 'would lie in the keystore'],
    ['none/backup', 'missing: '],
  ] as const) {
    const left = await madeBy(async () => {
      const { code, output } = await ca(...CREATE, ...NEW, '--out', out)
      expect([out, code, output]).toEqual([out, 1, expect.stringContaining(words)])
    })
    expect(left).toEqual([])
  }
  expect(await readdir(join(cwd, 'full'))).toEqual(['file'])
}, 60_000)

it('K31: names the part of a backup that is missing, changed or of another CA', async () => {
  for (const [edit, words] of [
    [(path: string) => rm(join(path, 'ca.key')), 'missing: the backup lacks ca.key'],
    [(path: string) => rm(join(path, 'manifest.json')), 'missing: the backup lacks manifest.json'],
    [(path: string) => cp(join(cwd, 'other/ca.key'), join(path, 'ca.key')), 'rejected: ca.key in'],
    [
      (path: string) => cp(join(cwd, 'root.pass'), join(path, 'note')),
      'refused: the backup has note',
    ],
  ] as const) {
    const path = join(cwd, 'damaged')
    await cp(join(cwd, 'backup'), path, { recursive: true })
    await edit(path)
    for (const command of [
      ['backup', 'verify', 'damaged'],
      [...RESTORE.with(1, 'damaged'), ...OPENING, ...RESTORED],
    ]) {
      const { code, output } = await ca(...command)
      expect([code, output]).toEqual([1, expect.stringContaining(words)])
    }
    await rm(path, { recursive: true })
  }
  const other = await ca('backup', 'verify', 'backup', '--certificate', 'other/ca.crt')
  expect(other.output).toContain('refused: the backup is that of another CA')
  expect(await readdir(cwd)).not.toContain('new.pass')
}, 60_000)

it.each([
  [
    'a wrong passphrase',
    [...RESTORE, '--backup-passphrase-file', 'other.pass', ...RESTORED],
    'rejected: the backup does not open',
  ],
  [
    'no place for the lists',
    [...RESTORE, ...OPENING],
    'missing: the CA has issued revocation lists, and restoring it needs a directory',
  ],
  [
    'no published list',
    [...RESTORE, ...OPENING, '--lists', 'lists-2'],
    'needs the list that verifiers have now (or "none", if it is lost)',
  ],
  [
    'a list of no CA',
    [...RESTORE, ...OPENING, '--lists', 'lists-2', '--published', 'root/ca.crt'],
    'refused: the published list is not one of this CA',
  ],
  [
    'lists in the keystore',
    [...RESTORE, ...OPENING, '--lists', 'root-2/lists', '--published', 'none'],
    'would lie in the keystore',
  ],
  ['a keystore that exists', [...RESTORE.with(2, 'root'), ...OPENING, ...RESTORED], 'conflict: '],
  [
    'shares, where it has no escrow',
    [...RESTORE, '--share', 'root.pass', ...RESTORED],
    'refused: the backup was made before the CA had an escrow',
  ],
])(
  'restores nothing with %s, and leaves no passphrase that opens nothing',
  async (_, args, words) => {
    const before = await read('root/ca.key')
    const left = await madeBy(async () => {
      const { code, output } = await ca(...args)
      expect([code, output]).toEqual([1, expect.stringContaining(words)])
    })
    expect(left).toEqual([])
    expect(await read('root/ca.key')).toBe(before)
  },
)

it('restores by the passphrase that a killed attempt has made, and the CA continues its lists', async () => {
  const args = [...RESTORE, ...OPENING, ...RESTORED]
  const attempt = spawn(process.execPath, [...runSourceFlags(), MAIN, 'ca', ...args], {
    ...{ cwd, stdio: 'ignore', env: {} },
  })
  while (!(await read('new.pass').catch(() => '')).endsWith('\n')) {
    expect(attempt.exitCode).toBe(null)
    await wait(5)
  }
  attempt.kill('SIGKILL')
  await once(attempt, 'exit')
  expect(existsSync(join(cwd, 'root-2'))).toBe(false)
  const again = await ca(...args)
  expect([again.code, again.output]).toEqual([1, expect.stringContaining('conflict: ')])
  const { lines } = await ca(...args.with(3, '--passphrase-file'), '--json')
  expect(lines()).toMatchObject([{ outcome: 'restored', directory: join(cwd, 'root-2'), crl: '2' }])
  const next = await ca('lists', 'root-2', '--lists', 'lists-2', '--passphrase-file', 'new.pass')
  expect(next.code).toBe(0)
  const { output } = await ca('biography', 'root-2', '--backup', 'backup')
  expect(output).toMatch(/ restore +G1 .* by=passphrase\n[^]* events, signed up to /)
}, 60_000)

it.each([
  [
    [...CREATE, ...NEW, '--backup-passphrase-file', 'root.pass', '--out', 'x'],
    'which passphrase? name --backup-passphrase-file FILE',
  ],
  [[...CREATE, ...NEW], "required option '--out <directory>'"],
  [
    ['restore', 'backup', 'x', '--passphrase-out', 'y'],
    'what opens the backup? name --backup-passphrase-file FILE or --share',
  ],
  [['restore', 'backup', 'x', ...OPENING], 'which passphrase? name --passphrase-file FILE'],
  [
    ['restore', 'backup', 'x', ...OPENING, '--share', 'y'],
    'name --backup-passphrase-file FILE or --share FILE, not both',
  ],
  [['backup', 'verify'], "missing required argument 'backup'"],
])('exits with 2 for %j', async (args, words) => {
  const { code, output } = await ca(...args)
  expect([code, output]).toEqual([2, expect.stringContaining(words)])
})
