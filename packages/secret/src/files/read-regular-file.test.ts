import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readRegularFile } from './index.ts'

async function newFolder(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'rekey-regular-'))
  onTestFinished(() => rm(root, { recursive: true }))
  return root
}

it('S29: reads a file, also by a link to it', async () => {
  const root = await newFolder()
  await writeFile(join(root, 'file'), 'content')
  await symlink('file', join(root, 'link'))
  expect(await readRegularFile(join(root, 'link'))).toBe('content')
})

it('S29: refuses a pipe that has no writer', { timeout: 20_000 }, async () => {
  const path = join(await newFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  const message = `${path} is a pipe, a socket or a device, owner ${process.geteuid?.() ?? 0}: name a file`
  await expect(readRegularFile(path)).rejects.toMatchObject({
    ...{ code: 'refused', message, details: { path } },
  })
})

it('S29: reads no more than it is to read', async () => {
  const path = join(await newFolder(), 'file')
  await writeFile(path, 'content')
  expect(await readRegularFile(path, { maxBytes: 7 })).toBe('content')
  const message = `${path} has more than 6 bytes, which is more than it may have: correct the path, or shorten it`
  const refused = { code: 'refused', message, details: { path, maxBytes: 6 } }
  await expect(readRegularFile(path, { maxBytes: 6 })).rejects.toMatchObject(refused)
})

it('S29: refuses a device', { timeout: 20_000 }, async () => {
  await expect(readRegularFile('/dev/zero')).rejects.toMatchObject({ code: 'refused' })
})

it('S29: reads no socket and no directory', { timeout: 20_000 }, async () => {
  const root = await newFolder()
  const server = createServer().listen(join(root, 'socket'))
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  await expect(readRegularFile(join(root, 'socket'))).rejects.toMatchObject({ code: 'ENXIO' })
  await expect(readRegularFile(root)).rejects.toMatchObject({ code: 'EISDIR' })
})

it('S29: reads no file once it is cancelled', async () => {
  const path = join(await newFolder(), 'file')
  await writeFile(path, 'content')
  const signal = AbortSignal.abort()
  await expect(readRegularFile(path, { signal })).rejects.toMatchObject({ name: 'AbortError' })
  const { signal: open } = new AbortController()
  expect(await readRegularFile(path, { signal: open })).toBe('content')
})
