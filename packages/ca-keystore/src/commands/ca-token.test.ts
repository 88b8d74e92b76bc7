import { mkdtempSync, realpathSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { generatePassphrase } from '../internal.ts'
import { findForTest, openSoftHsm, type SoftHsm } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const softhsm = await findForTest('softhsm2')

describe.runIf(softhsm.found)('rekey ca on keys in PKCS#11 tokens', { timeout: 60_000 }, () => {
  const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-ca-token-'))
  // A PIN at the keyboard of a token may be short.
  const pins = { root: '271828', issuing: generatePassphrase().expose() }
  let hsm: SoftHsm
  beforeAll(async () => {
    hsm = openSoftHsm(softhsm.path)
    Object.assign(process.env, hsm.env)
    for (const [label, pin] of Object.entries(pins)) {
      hsm.initialise({ label, pin })
      await writeFile(join(cwd, `${label}.pin`), `${pin}\n`, { mode: 0o600 })
    }
    await writeFile(join(cwd, 'wrong.pin'), '314159\n', { mode: 0o600 })
    const root = ['init-root', 'root', '--name', 'HSM Root', ...inToken('root')]
    expect(await ca(...root)).toMatchObject({ code: 0 })
    const parent = ['--parent', 'root', '--parent-passphrase-file', 'root.pin']
    const issuing = ['create', 'issuing', '--name', 'HSM Issuing CA', ...parent]
    expect(await ca(...issuing, ...inToken('issuing'))).toMatchObject({ code: 0 })
  }, 60_000)
  afterAll(async () => {
    hsm[Symbol.dispose]()
    await rm(cwd, { recursive: true })
  })

  const reach = (pin: string) => ['--module', hsm.module, '--passphrase-file', `${pin}.pin`]
  const inToken = (label: string) => ['--token', label, ...reach(label)]

  /** Runs `rekey ca`, and checks that no PIN is in the output. */
  async function ca(...args: string[]) {
    const run = await runProgram(['ca', ...args], { cwd })
    for (const pin of Object.values(pins)) expect(run.output).not.toContain(pin)
    return run
  }

  it('creates a root and an issuing CA, and shows which key of which token each has', async () => {
    const { code, lines } = await ca('show', 'issuing', '--json')
    expect(code).toBe(0)
    const [shown] = lines()
    expect(shown).toMatchObject({
      ...{ sound: true, certificate: { subject: 'CN=HSM Issuing CA G1' } },
      key: { purpose: 'issuing', slots: [], token: { label: 'issuing' } },
    })
    expect((await ca('show', 'root')).output).toMatch(/^token +root, key [0-9a-f]{32}$/m)
  })

  it('opens them, publishes the lists of the root, and signs an intermediate', async () => {
    expect((await ca('unlock', 'issuing', ...reach('issuing'))).output).toContain('opens')
    expect(await ca('lists', 'root', '--lists', 'lists', ...reach('root'))).toMatchObject({
      code: 0,
    })
    expect(await readFile(join(cwd, 'lists/crl-bundle.pem'), 'utf8')).toContain('X509 CRL')
    const key = ['--parent', 'root', '--parent-passphrase-file', 'root.pin', '--module', hsm.module]
    const file = ['--name', 'File CA', '--passphrase-out', 'file.pass']
    expect(await ca('create', 'file', ...file, ...key)).toMatchObject({ code: 0 })
    expect(await ca('unlock', 'file', '--passphrase-file', 'file.pass')).toMatchObject({ code: 0 })
  })

  it('tries a wrong PIN once, and the right one after it, since a person is there', async () => {
    const wrong = await ca(
      'unlock',
      'root',
      '--module',
      hsm.module,
      '--passphrase-file',
      'wrong.pin',
    )
    expect(wrong).toMatchObject({ code: 1 })
    expect(wrong.output).toContain('refuses the PIN')
    expect(await ca('unlock', 'root', ...reach('root'))).toMatchObject({ code: 0 })
  })

  it.each([
    ['a passphrase', ['passphrase', 'issuing', '--passphrase-out', 'x']],
    ['a recovery copy', ['recovery', 'issuing', '--out', 'x', '--recovery-passphrase-out', 'y']],
    ['a backup', ['backup', 'create', 'issuing', '--out', 'x', '--backup-passphrase-out', 'y']],
    [
      'an escrow',
      [
        'escrow',
        'create',
        'issuing',
        '--threshold',
        '2',
        '--holder',
        'A',
        '--holder',
        'B',
        '--out',
        'x',
      ],
    ],
  ])('refuses %s of such a key, with what to do', async (_, args) => {
    const { code, output } = await ca(...args, '--passphrase-file', 'issuing.pin')
    expect(code).toBe(1)
    expect(output).toContain('a PKCS#11 token holds the key')
    expect(output).toContain('the tools of its vendor')
  })

  it('refuses to open one without its library, and to create one without library, PIN or algorithm', async () => {
    const opened = await ca('unlock', 'root', '--passphrase-file', 'root.pin')
    expect(opened.output).toContain('--module FILE of rekey ca')
    const create = ['init-root', 'other', '--name', 'Other', '--token', 'root']
    for (const flags of [
      ['--passphrase-file', 'root.pin'],
      ['--module', hsm.module],
      [...reach('root'), '--algorithm', 'ed25519'],
      ['--module', hsm.module, '--passphrase-out', 'new.pin'],
    ]) {
      expect(await ca(...create, ...flags)).toMatchObject({ code: 2 })
    }
  })

  it('is replaced by a key in a file, and is destroyed in its token alone', async () => {
    const parent = ['--parent', 'root', '--parent-passphrase-file', 'root.pin']
    const next = ['--passphrase-file', 'next.pass']
    await writeFile(join(cwd, 'next.pass'), generatePassphrase().expose(), { mode: 0o600 })
    const prepare = ['prepare', 'issuing', ...parent, '--module', hsm.module, ...next]
    expect(await ca('rotate', ...prepare)).toMatchObject({ code: 0 })
    const lists = ['--lists', 'lists', '--bundle', 'bundle.pem']
    expect(await ca('rotate', 'publish', 'issuing', ...next, ...lists)).toMatchObject({ code: 0 })
    const { output } = await ca('rotate', 'status', 'issuing')
    expect(output).toMatch(/^generation 1 +active .*\ngeneration 2 +published /)
    // As once the last certificate of the first has ended.
    const path = join(cwd, 'issuing/rotation.json')
    const state = (await readFile(path, 'utf8')).replace('"active"', '"retired"')
    await writeFile(path, state.replace('"published"', '"active"'))
    const destroyed = await ca('rotate', 'destroy', 'issuing')
    expect(destroyed).toMatchObject({ code: 1 })
    expect(destroyed.output).toContain('destroy it in the token by the tool of its vendor')
    await rm(join(cwd, 'issuing/ca.token'))
    expect(await ca('rotate', 'destroy', 'issuing')).toMatchObject({ code: 0 })
  })
})
