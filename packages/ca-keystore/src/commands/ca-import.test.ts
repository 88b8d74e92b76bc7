import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCa } from '../index.ts'
import { encryptForRecovery, generatePassphrase } from '../internal.ts'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const base = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-import-'))
const old = generatePassphrase()
let [key, certificate] = ['', '']
let cwd: string
let tests = 0

beforeAll(async () => {
  const [directory, commonName] = [join(base, 'source'), 'Old Root']
  const ca = await createCa({ directory, commonName, passphrase: old })
  const passphrase = { value: old, origin: { kind: 'memory' } } as const
  key = await encryptForRecovery({ directory, passphrase, recoveryPassphrase: old })
  certificate = ca.certificate
  await ca.close()
})
beforeEach(async () => {
  cwd = join(base, String((tests += 1)))
  await mkdir(cwd)
  await write('old.pem', key)
  await write('old.pass', `${old.expose()}\n`)
  await write('old.crt', certificate)
})
afterAll(() => rm(base, { recursive: true }))

const write = (name: string, text: string) => writeFile(join(cwd, name), text, { mode: 0o600 })
const importing = (...args: string[]) => runProgram(['ca', 'import', 'ca', ...args], { cwd })
const SOURCE = ['--key', 'old.pem', '--key-passphrase-file', 'old.pass']
const CERTIFICATE = ['--certificate', 'old.crt']

it('imports a CA under a new passphrase, and names the file to destroy', async () => {
  const policy = ['--generation', '2', '--profiles', 'client']
  const run = await importing(...SOURCE, ...CERTIFICATE, ...policy, '--passphrase-out', 'new.pass')
  expect(run).toMatchObject({ code: 0 })
  expect(run.output).toContain('is the CA CN=Old Root G1, valid until')
  expect(run.output).toContain(`${join(cwd, 'old.pem')} still has its key (pkcs8): destroy it`)
  expect(run.output).not.toContain(old.expose())
  const shown = await runProgram(['ca', 'show', 'ca', '--json'], { cwd })
  expect(shown.lines()).toMatchObject([
    { sound: true, key: { generation: 2, purpose: 'root', policy: { profiles: ['client'] } } },
  ])
  const again = ['ca', 'passphrase', 'ca', '--passphrase-file', 'new.pass']
  expect(await runProgram([...again, '--passphrase-out', 'newer.pass'], { cwd })).toMatchObject({
    code: 0,
  })
})

it('leaves nothing behind where it refuses: a wrong passphrase, another certificate, a plain key of another CA', async () => {
  await write('wrong.pass', 'geheim\n')
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  await write('other.pem', other.export({ format: 'pem', type: 'pkcs8' }).toString())
  const before = (await readdir(cwd)).toSorted()
  for (const [args, words] of [
    [['--key', 'old.pem', '--key-passphrase-file', 'wrong.pass'], 'rejected: the key file'],
    [['--key', 'old.pem'], 'missing: the key file is encrypted'],
    [['--key', 'other.pem'], 'refused: none of the certificates'],
    [['--key', 'none.pem'], 'missing: '],
    [['--key', '/dev/zero'], 'malformed: /dev/zero is no file'],
  ] as const) {
    const run = await importing(...args, ...CERTIFICATE, '--passphrase-out', 'new.pass')
    expect({ args, ...run }).toMatchObject({ code: 1 })
    expect(run.output).toContain(words)
  }
  expect((await readdir(cwd)).toSorted()).toEqual(before)
})

it('refuses the file of a passphrase that others can read', async () => {
  await chmod(join(cwd, 'old.pass'), 0o644)
  const run = await importing(...SOURCE, ...CERTIFICATE, '--passphrase-out', 'new.pass')
  expect(run).toMatchObject({ code: 1 })
  expect(run.output).toContain('refused: the file of --key-passphrase-file can be used by')
})

it('reports a key that was not encrypted', async () => {
  const opened = createPrivateKey({ key, passphrase: old.expose() })
  await write('plain.pem', opened.export({ format: 'pem', type: 'pkcs8' }).toString())
  const given = ['--key', 'plain.pem', ...CERTIFICATE, '--passphrase-out', 'new.pass']
  const run = await importing(...given, '--json')
  expect(run.lines()).toMatchObject([
    {
      outcome: 'imported',
      source: { file: join(cwd, 'plain.pem'), format: 'pkcs8', isEncrypted: false },
      passphraseFile: join(cwd, 'new.pass'),
    },
  ])
})
