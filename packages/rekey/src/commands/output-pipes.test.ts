import { closeSync, writeSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { openPipes } from './output-pipes.ts'

async function makeDirectory(mode: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-pipes-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await chmod(directory, mode)
  return directory
}

it('opens pipes in the first directory that can hold them, and leaves no file', async () => {
  const directory = await makeDirectory(0o700)
  const pipes = openPipes(2, process.env['PATH'], ['/nowhere', directory]) ?? []
  expect(await readdir(directory)).toEqual([])
  for (const [i, { writer }] of pipes.entries()) {
    writeSync(writer, `pipe ${i}`)
    closeSync(writer)
  }
  expect(await Promise.all(pipes.map(({ reader }) => text(reader)))).toEqual(['pipe 0', 'pipe 1'])
})

it('opens none where another user may replace it, without mkfifo, and where nothing can be written', async () => {
  const path = process.env['PATH']
  expect(openPipes(1, path, [await makeDirectory(0o777)])).toBeUndefined()
  expect(openPipes(1, '/nowhere', [await makeDirectory(0o700)])).toBeUndefined()
  expect(openPipes(1, path, ['/nowhere'])).toBeUndefined()
})
