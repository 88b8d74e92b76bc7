import { spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { chmod, cp, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa, openCaKeystore } from '../index.ts'
import { generatePassphrase } from '../internal.ts'
import { Secret, systemClock } from '@rekey/secret'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const OPENSSL = 'openssl'
const hasOpenssl = spawnSync(OPENSSL, ['version']).status === 0
const base = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-'))
const template = join(base, 'template')
let cwd: string
let tests = 0

beforeAll(async () => {
  await mkdir(template)
  const made = [
    'ca',
    'init-root',
    'root',
    '--name',
    'Example Root',
    '--passphrase-out',
    'root.pass',
  ]
  expect((await runProgram(made, { cwd: template })).code).toBe(0)
})
beforeEach(async () => {
  cwd = join(base, String((tests += 1)))
  await cp(template, cwd, { recursive: true })
})
afterAll(() => rm(base, { recursive: true }))

const read = (name: string) => readFile(join(cwd, name), 'utf8')

/** Writes a file with a new passphrase, for its owner alone. */
async function passphraseIn(name: string): Promise<void> {
  await writeFile(join(cwd, name), `${generatePassphrase().expose()}\n`, { mode: 0o600 })
}

/** Runs `rekey ca`, and checks that no passphrase here is in the output. */
async function ca(...args: string[]) {
  const run = await runProgram(['ca', ...args], { cwd })
  for (const name of (await readdir(cwd)).filter((one) => one.endsWith('.pass'))) {
    expect(run.output).not.toContain((await read(name)).trimEnd())
  }
  return run
}

const ROOT = ['--passphrase-file', 'root.pass']
const PARENT = ['--parent', 'root', '--parent-passphrase-file', 'root.pass']

it('creates a root, and shows it without a passphrase', async () => {
  expect((await stat(join(cwd, 'root.pass'))).mode & 0o777).toBe(0o600)
  const { code, lines } = await ca('show', 'root', '--json')
  expect(code).toBe(0)
  expect(lines()).toMatchObject([
    {
      directory: join(cwd, 'root'),
      sound: true,
      key: { generation: 1, purpose: 'root', policy: { profiles: [] }, slots: [{ n: 131_072 }] },
      certificate: { subject: 'CN=Example Root G1', daysLeft: 3652 },
      problems: [],
    },
  ])
  const { output } = await ca('show', 'root')
  expect(output).toContain('policy      certificates of CAs alone\n')
  expect(output).toContain(
    'slot        service: scrypt n=131072 r=8 p=1\n' +
      'biography   1 events, signed up to 1\nlast backup none\nlast drill  none\nfiles       safe and valid',
  )
})

it('creates an issuing CA below it, with a name, a policy and a passphrase of its own', async () => {
  await passphraseIn('own.pass')
  const named = ['--name', 'Example Issuing CA', '--organization', 'Example', '--generation', '2']
  const policy = ['--profiles', 'server,client', '--algorithm', 'ed25519']
  const own = ['--passphrase-file', 'own.pass', '--json']
  const run = await ca('create', 'issuing', ...PARENT, ...named, ...policy, ...own)
  expect(run).toMatchObject({ code: 0 })
  expect(run.lines()).toMatchObject([{ outcome: 'created', directory: join(cwd, 'issuing') }])
  const shown = (await ca('show', 'issuing', '--json')).lines()
  expect(shown).toMatchObject([
    {
      key: { generation: 2, purpose: 'issuing', policy: { profiles: ['client', 'server'] } },
      certificate: { subject: 'O=Example, CN=Example Issuing CA G2' },
    },
  ])
  const [issued] = (await read('issuing/ca.crt')).split(/(?<=-----END CERTIFICATE-----\n)/)
  const root = new X509Certificate(await read('root/ca.crt'))
  expect(new X509Certificate(issued ?? '').verify(root.publicKey)).toBe(true)
})

it('changes the passphrase, and leaves the key as it is', async () => {
  const before = await read('root/ca.crt')
  const { code } = await ca('passphrase', 'root', ...ROOT, '--passphrase-out', 'new.pass')
  expect(code).toBe(0)
  const held = { value: await secretIn('new.pass'), origin: { kind: 'memory' } } as const
  await using opened = await openCaKeystore({ directory: join(cwd, 'root'), passphrase: held })
  expect(opened.certificate).toBe(before)
  await passphraseIn('newer.pass')
  const again = await ca('passphrase', 'root', ...ROOT, '--new-passphrase-file', 'newer.pass')
  expect(again.code).toBe(1)
  expect(again.output).toContain('rejected: the CA key')
})

it.skipIf(!hasOpenssl)('writes a recovery copy that stock openssl opens', async () => {
  const copy = ['--recovery-passphrase-out', 'copy.pass', '--out', 'recovery.pem']
  expect((await ca('recovery', 'root', ...ROOT, ...copy)).code).toBe(0)
  expect((await stat(join(cwd, 'recovery.pem'))).mode & 0o777).toBe(0o600)
  const args = ['pkey', '-in', 'recovery.pem', '-passin', 'file:copy.pass', '-pubout']
  const { stdout } = spawnSync(OPENSSL, args, { cwd, encoding: 'utf8' })
  const { publicKey } = new X509Certificate(await read('root/ca.crt'))
  expect(createPublicKey(stdout).equals(publicKey)).toBe(true)
})

it('exits with 1 for a wrong passphrase, and leaves no file of one that opens nothing', async () => {
  await passphraseIn('wrong.pass')
  const before = await read('root/ca.key')
  for (const command of [
    ['passphrase', 'root', '--passphrase-out', 'new.pass'],
    ['recovery', 'root', '--recovery-passphrase-out', 'new.pass', '--out', 'copy.pem'],
  ]) {
    const run = await ca(...command, '--passphrase-file', 'wrong.pass')
    expect(run.code).toBe(1)
    expect(run.output).toContain('rejected: the CA key in')
  }
  expect((await readdir(cwd)).toSorted()).toEqual(['root', 'root.pass', 'wrong.pass'])
  expect(await read('root/ca.key')).toBe(before)
})

it('refuses a directory with something in it, and leaves it untouched', async () => {
  const before = await read('root/ca.key')
  const run = await ca('init-root', 'root', '--name', 'Other', '--passphrase-out', 'other.pass')
  expect(run.code).toBe(1)
  expect(run.output).toContain('conflict: ')
  expect(await read('root/ca.key')).toBe(before)
  expect((await readdir(cwd)).toSorted()).toEqual(['root', 'root.pass'])
})

it('refuses passphrases in the keystore, by each command that reads one', async () => {
  await passphraseIn('root/in.pass')
  await passphraseIn('linked.pass')
  await link(join(cwd, 'linked.pass'), join(cwd, 'root/other-name'))
  for (const command of [
    ['passphrase', 'root', '--passphrase-file', 'root/in.pass', '--passphrase-out', 'new.pass'],
    ['passphrase', 'root', ...ROOT, '--new-passphrase-file', 'root/in.pass'],
    ['passphrase', 'root', ...ROOT, '--new-passphrase-file', 'linked.pass'],
    ['recovery', 'root', ...ROOT, '--recovery-passphrase-file', 'linked.pass', '--out', 'copy.pem'],
    ['create', 'issuing', '--name', 'A', ...PARENT, '--passphrase-file', 'root/in.pass'],
  ]) {
    const run = await ca(...command)
    expect({ command, ...run }).toMatchObject({ code: 1 })
    expect(run.output).toContain('lies beside the key that it opens')
  }
})

it('writes neither passphrases nor copies into a keystore, and replaces no file', async () => {
  await passphraseIn('copy.pass')
  const copy = ['--recovery-passphrase-file', 'copy.pass']
  await mkdir(join(cwd, 'root/sub'), { mode: 0o700 })
  for (const [command, refusal] of [
    [['init-root', 'new', '--name', 'A', '--passphrase-out', 'new/p'], 'would lie in the keystore'],
    [['passphrase', 'root', ...ROOT, '--passphrase-out', 'root/p'], 'would lie in the keystore'],
    [['recovery', 'root', ...ROOT, ...copy, '--out', 'root/sub/c'], 'would lie in the keystore'],
    [['recovery', 'root', ...ROOT, ...copy, '--out', 'root.pass'], 'conflict: '],
    [['passphrase', 'root', ...ROOT, '--passphrase-out', 'copy.pass'], 'name another file'],
    [['passphrase', 'root', ...ROOT, '--passphrase-out', 'none/p'], 'its directory does not exist'],
  ] as const) {
    const run = await ca(...command)
    expect({ command, ...run }).toMatchObject({ code: 1 })
    expect(run.output).toContain(refusal)
  }
  expect((await readdir(join(cwd, 'root'))).toSorted()).toEqual([
    'biography.head',
    'biography.log',
    'ca.crt',
    'ca.key',
    'sub',
  ])
})

it('refuses a passphrase file that others can read, and does not repeat what is given for its path', async () => {
  await chmod(join(cwd, 'root.pass'), 0o644)
  const refused = await ca('passphrase', 'root', ...ROOT, '--passphrase-out', 'new.pass')
  expect(refused.output).toContain('refused: the file of --passphrase-file can be used by')
  const pasted = generatePassphrase().expose()
  const args = ['passphrase', 'root', '--passphrase-file', pasted, '--passphrase-out', 'new.pass']
  const { code, output } = await ca(...args)
  expect(code).toBe(1)
  expect(output).toContain('missing: the file of --passphrase-file does not exist')
  expect(output).not.toContain(pasted)
})

it.each([
  [['init-root', 'new', '--name', 'A'], 'which passphrase? name --passphrase-file FILE'],
  [['init-root', 'new', '--passphrase-out', 'p'], "required option '--name <name>'"],
  [['create', 'new', '--name', 'A', ...PARENT, '--generation', '0'], 'whole number from 1 on'],
  [['create', 'new', '--name', 'A', ...PARENT, '--profiles', 'any'], 'some of client,server'],
])('exits with 2 for %j', async (args, words) => {
  const { code, output } = await ca(...args)
  expect(code).toBe(2)
  expect(output).toContain(words)
})

it('exits with 1 where a CA is expired, its files are not safe, or there is none', async () => {
  const start = systemClock.now() - 60_000
  const clock = { ...systemClock, now: () => start }
  const [directory, commonName] = [join(cwd, 'old'), 'Old Root']
  const passphrase = generatePassphrase()
  await createCa({ directory, commonName, passphrase, clock, validityMs: 30_000 })
  await chmod(join(directory, 'ca.key'), 0o644)
  const { code, lines } = await ca('show', 'old', '--json')
  expect(code).toBe(1)
  expect(lines()).toMatchObject([
    {
      sound: false,
      certificate: { daysLeft: -1 },
      problems: [{ reason: 'unsafe-file' }, { reason: 'validity' }],
    },
  ])
  expect((await ca('show', 'old')).output).toContain('problem     refused: ')
  expect(await ca('show', 'none')).toMatchObject({ code: 1 })
})

async function secretIn(name: string) {
  return Secret.of((await read(name)).trimEnd(), name)
}
