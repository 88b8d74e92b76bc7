import { spawnSync } from 'node:child_process'
import { mkdtempSync, realpathSync } from 'node:fs'
import { mkdir, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPassphraseOrigin, generatePassphrase } from '../internal.ts'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { readPassphrase } from './read-passphrase.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-passphrase-'))
  onTestFinished(() => rm(directory, { recursive: true }))
})

const at = (name: string) => join(directory, name)
const read = (named: string) =>
  readPassphrase(named, '--file', { cwd: directory, signal: new AbortController().signal })

it('trims one newline of a passphrase file, and nothing else', async () => {
  const text = ` ${generatePassphrase().expose()} `
  for (const [end, left] of [
    ['', ''],
    ['\n', ''],
    ['\r\n', ''],
    ['\n\n', '\n'],
  ] as const) {
    await writeFile(at('file'), text + end, { mode: 0o600 })
    const { value, origin } = await read('file')
    expect(Buffer.from(value.expose()).equals(Buffer.from(text + left))).toBe(true)
    expect(origin).toMatchObject({ kind: 'file', path: at('file') })
  }
})

it('wipes the bytes that it read once they are disposed of', async () => {
  await writeFile(at('file'), generatePassphrase().expose(), { mode: 0o600 })
  const passphrase = await read('file')
  const bytes = passphrase.value.expose()
  passphrase[Symbol.dispose]()
  expect(bytes.every((byte) => byte === 0)).toBe(true)
  expect(() => passphrase.value.expose()).toThrow('disposed')
})

it('reads no passphrase from a pipe, a directory, a large file, or one that is not UTF-8', async () => {
  spawnSync('mkfifo', ['-m', '600', at('pipe')])
  await mkdir(at('folder'), { mode: 0o700 })
  await writeFile(at('large'), 'a'.repeat(5000), { mode: 0o600 })
  await writeFile(at('latin1'), Buffer.from([0x61, 0xe9]), { mode: 0o600 })
  for (const name of ['pipe', 'folder', 'large', 'latin1']) {
    await expect(read(name), name).rejects.toMatchObject({ code: 'malformed' })
  }
})

it('reads an open descriptor, and where a file lies that is behind it', async () => {
  const text = generatePassphrase().expose()
  await writeFile(at('file'), `${text}\n`, { mode: 0o600 })
  await using file = await open(at('file'))
  const { value, origin } = await read(`fd:${file.fd}`)
  expect(Buffer.from(value.expose()).toString() === text).toBe(true)
  const beside = { code: 'refused', details: { reason: 'passphrase-beside-key' } }
  await expect(checkPassphraseOrigin(directory, origin)).rejects.toMatchObject(beside)
})

it('reads no descriptor that is not open', async () => {
  await expect(read('fd:9999')).rejects.toMatchObject({ code: 'unreachable' })
})
