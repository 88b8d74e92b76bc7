import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findForTest, type KubeletVolume, openKubeletVolume } from './index.ts'

const { found, path: program } = await findForTest('kubelet-writer')

describe.runIf(found)('a volume of the kubelet', () => {
  let directory: string
  let volume: KubeletVolume
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'rekey-volume-'))
    volume = await openKubeletVolume({ program, directory })
  })
  afterEach(async () => {
    await volume.close()
    await rm(directory, { recursive: true })
  })

  it('holds exactly what was written last, byte for byte, with its modes and folders', async () => {
    const bytes = randomBytes(64)
    await volume.write({ OLD: 'x', KEY: 'y' })
    await volume.write({ KEY: { data: bytes, mode: 0o400 }, 'nested/KEY': 'z' })
    expect(await readFile(join(directory, 'KEY'))).toEqual(bytes)
    expect((await stat(join(directory, 'KEY'))).mode & 0o777).toBe(0o400)
    expect(await readFile(join(directory, 'nested', 'KEY'), 'utf8')).toBe('z')
    expect((await readdir(directory)).filter((name) => !name.startsWith('..')).sort()).toEqual([
      'KEY',
      'nested',
    ])
  })

  it('swaps `..data` for each change, and not for what is there already', async () => {
    const seen: string[] = []
    for (const text of ['1', '2', '2', '3']) {
      await volume.write({ KEY: text })
      seen.push(await readlink(join(directory, '..data')))
    }
    expect(new Set(seen).size).toBe(3)
    expect(seen[2]).toBe(seen[1])
  })

  it('takes writes one after the other, and goes on after one that is refused', async () => {
    const refused = volume.write({ '../KEY': 'x' })
    const writes = Array.from({ length: 20 }, (_, i) => volume.write({ KEY: String(i) }))
    await expect(refused).rejects.toThrow("The kubelet's writer: ")
    await Promise.all(writes)
    expect(await readFile(join(directory, 'KEY'), 'utf8')).toBe('19')
  })

  it('ends, also when closed twice', async () => {
    await volume.close()
    await volume.close()
    await expect(volume.write({ KEY: 'x' })).rejects.toThrow()
  })
})
