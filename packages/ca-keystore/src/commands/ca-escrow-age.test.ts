import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findForTest } from '@rekey/testbed'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '@rekey/rekey/internal/run-program'

const age = await findForTest('age')

describe.runIf(age.found)('shares that are encrypted to recipients of age', () => {
  const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-age-'))
  afterAll(() => rm(cwd, { recursive: true }))
  const ca = (...args: string[]) => runProgram(['ca', ...args], { cwd })
  const CEREMONY = ['escrow', 'create', 'root', '--passphrase-file', 'root.pass']
  const HOLDERS = ['--threshold', '2', '--holder', 'Alice', '--holder', 'Bob', '--holder', 'C=3']

  /** Makes an identity of age. @returns its recipient */
  function newIdentity(name: string): string {
    const keygen = join(dirname(realpathSync(age.path)), 'age-keygen')
    execFileSync(keygen, ['-o', name], { cwd, stdio: 'pipe' })
    return execFileSync(keygen, ['-y', name], { cwd, encoding: 'utf8' }).trim()
  }

  const decrypt = (file: string, identity: string) =>
    spawnSync(age.path, ['--decrypt', '-i', identity, file], { cwd, encoding: 'utf8' })

  let alice: string
  let carol: string
  beforeAll(async () => {
    await ca('init-root', 'root', '--name', 'Example Root', '--passphrase-out', 'root.pass')
    alice = newIdentity('alice.key')
    carol = newIdentity('carol.key')
  })

  it('are opened by age of the custodian alone, and recover with those of the others', async () => {
    const recipients = ['--recipient', `Alice=${alice}`, '--recipient', `C=3=${carol}`]
    const made = await ca(...CEREMONY, ...HOLDERS, ...recipients, '--out', 'shares', '--json')
    expect(made.lines()).toMatchObject([{ outcome: 'created', encrypted: ['Alice', 'C=3'] }])
    expect(await readdir(join(cwd, 'shares'))).toEqual([
      ...['escrow.json', 'share-1.txt.age', 'share-2.pdf', 'share-2.txt'],
      'share-3.txt.age',
    ])
    const sealed = await readFile(join(cwd, 'shares/share-1.txt.age'), 'utf8')
    expect(sealed).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n[^]+-----END AGE ENCRYPTED FILE-----\n$/,
    )
    expect(decrypt('shares/share-1.txt.age', 'carol.key').status).toBe(1)
    for (const [file, key] of [
      ['share-1', 'alice.key'],
      ['share-3', 'carol.key'],
    ] as const) {
      const { stdout, status } = decrypt(`shares/${file}.txt.age`, key)
      expect(status).toBe(0)
      await writeFile(join(cwd, `${file}.txt`), stdout, { mode: 0o600 })
    }
    const check = await ca('escrow', 'check', 'share-1.txt', '--escrow', 'shares/escrow.json')
    expect(check.output).toContain('good: share 1 of 3')
    const shares = ['--share', 'share-1.txt', '--share', 'share-3.txt']
    const again = ['escrow', 'reshare', 'root', ...shares, ...HOLDERS]
    const reshared = await ca(...again, '--recipient', `Bob=${alice}`, '--out', 'shares-2')
    expect([reshared.code, reshared.output]).toEqual([
      0,
      expect.stringContaining('share-2.txt.age, encrypted, and escrow.json'),
    ])
  }, 60_000)

  it('are not made for what is no recipient, which is not repeated, or for no holder', async () => {
    const secret = (await readFile(join(cwd, 'alice.key'), 'utf8')).split('\n')[2] ?? ''
    expect(secret).toMatch(/^AGE-SECRET-KEY-1/)
    const typed = `${alice.slice(0, -1)}${alice.endsWith('q') ? 'p' : 'q'}`
    for (const [recipients, words] of [
      [[`Alice=${secret}`], 'takes NAME=RECIPIENT, with an X25519 recipient'],
      [[alice], 'takes the name of a holder'],
      [['Alice'], 'takes NAME=RECIPIENT'],
      [[`Dave=${alice}`], 'takes the name of a holder'],
      [[`Bob=${alice}`, `Bob=${carol}`], 'takes the name of a holder, each once'],
      [[`Bob=${typed}`], 'the recipient of Bob has a mistyped letter'],
    ] as const) {
      const flags = recipients.flatMap((one) => ['--recipient', one])
      const { code, output } = await ca(...CEREMONY, ...HOLDERS, ...flags, '--out', 'none')
      expect([code, output]).toEqual([2, expect.stringContaining(words)])
      expect(output).not.toContain(secret.slice(16))
    }
    expect(await readdir(cwd)).not.toContain('none')
  })
})
