import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePassphrase } from '@rekey/ca-keystore'
import { SecretError, type SecretErrorCode } from '@rekey/secret'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { readPassphraseFile, withNewPassphrase, writePrivateFile } from './passphrase-files.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-passphrase-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

const at = (name: string) => join(directory, name)

/** Generates a passphrase for a change that fails with `code`, and returns the files that are left. */
async function leftAfter(code: SecretErrorCode): Promise<string[]> {
  const choice = { out: at('out'), flags: ['--file', '--out'], keystores: [] } as const
  const change = withNewPassphrase(choice, async (passphrase) => {
    expect(await readFile(at('out'), 'utf8')).toBe(`${passphrase.expose()}\n`)
    throw new SecretError(code, 'it failed')
  })
  await expect(change).rejects.toMatchObject({ code })
  return readdir(directory)
}

it('has a generated passphrase in its file before a key needs it', async () => {
  expect(await leftAfter('rejected')).toEqual([])
})

it('keeps the file where the key may need it already', async () => {
  expect(await leftAfter('unreachable')).toEqual(['out'])
})

it('trims one newline of a passphrase file, and nothing else', async () => {
  const text = ` ${generatePassphrase().expose()} `
  for (const [end, left] of [
    ['', ''],
    ['\n', ''],
    ['\r\n', ''],
    ['\n\n', '\n'],
  ] as const) {
    await writeFile(at('file'), text + end, { mode: 0o600 })
    const { value, origin } = await readPassphraseFile(at('file'), '--file')
    expect(value.expose() === text + left).toBe(true)
    expect(origin).toMatchObject({ kind: 'file', path: at('file') })
  }
})

it('reads no passphrase from a pipe, a directory, a large file, or one that is not UTF-8', async () => {
  spawnSync('mkfifo', ['-m', '600', at('pipe')])
  await mkdir(at('folder'), { mode: 0o700 })
  await writeFile(at('large'), 'a'.repeat(5000), { mode: 0o600 })
  await writeFile(at('latin1'), Buffer.from([0x61, 0xe9]), { mode: 0o600 })
  for (const name of ['pipe', 'folder', 'large', 'latin1']) {
    const reading = readPassphraseFile(at(name), '--file')
    await expect(reading, name).rejects.toMatchObject({ code: 'malformed' })
  }
})

it('writes into no keystore that a symbolic link leads to, and through no link', async () => {
  await mkdir(at('keystore'), { mode: 0o700 })
  await symlink(at('keystore'), at('link'))
  await symlink(at('keystore/through'), at('file'))
  const writing = writePrivateFile(at('link/copy'), 'text', [at('keystore')])
  await expect(writing).rejects.toMatchObject({ code: 'refused' })
  const through = writePrivateFile(at('file'), 'text', [at('keystore')])
  await expect(through).rejects.toMatchObject({ code: 'conflict' })
  expect(await readdir(at('keystore'))).toEqual([])
})
