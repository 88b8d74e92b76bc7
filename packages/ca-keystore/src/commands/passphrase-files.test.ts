import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import type { SecretErrorCode } from '@rekey/secret/internal'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { withNewPassphrase, writePrivateFile } from './passphrase-files.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-passphrase-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

const at = (name: string) => join(directory, name)

/** Generates a passphrase for a change that fails with `code`, and returns the files that are left. */
async function leftAfter(code: SecretErrorCode): Promise<string[]> {
  const choice = { out: at('out'), flags: ['--file', '--out'], keystores: [] } as const
  const context = { cwd: directory, signal: new AbortController().signal }
  const change = withNewPassphrase(choice, context, async (passphrase) => {
    expect(await readFile(at('out'), 'utf8')).toBe(
      `${Buffer.from(passphrase.expose()).toString()}\n`,
    )
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
