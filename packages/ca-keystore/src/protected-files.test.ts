import { link, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readProtectedFile } from './protected-files.ts'

it('a list that is replaced again and again is read each time, and one with a second name never', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-protected-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'list')
  const next = join(directory, 'next')
  const read = () => readProtectedFile(path, 'certificate', 100)
  await writeFile(path, 'a list', { mode: 0o644 })
  for (let turn = 0; turn < 500; turn += 1) {
    await writeFile(next, 'a list', { mode: 0o644 })
    const reads = [read(), read(), read()]
    await rename(next, path)
    expect(await Promise.all(reads)).toEqual(['a list', 'a list', 'a list'])
  }
  await link(path, join(directory, 'other'))
  await expect(read()).rejects.toMatchObject({ code: 'refused' })
})
