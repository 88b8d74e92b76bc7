import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { guardHome } from './guarded-process.ts'

/** Two threads that never meet the kernel by themselves. */
const BUSY = `
const { Worker } = require('node:worker_threads')
new Worker('for (;;);', { eval: true }).once('online', () => { for (;;); })
`

it.runIf(process.platform === 'linux')('stands still as soon as it is paused', async () => {
  const home = await guardHome(await mkdtemp(join(tmpdir(), 'guarded-')))
  try {
    const busy = await home.spawn('busy', process.execPath, ['-e', BUSY])
    const look = async () => {
      const stat = await readFile(`/proc/${String(busy.pid)}/stat`, 'utf8')
      const [state, ...figures] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return { state, ticks: Number(figures[10]) }
    }
    await expect.poll(async () => (await look()).ticks).toBeGreaterThan(20)
    for (let round = 0; round < 200; round += 1) {
      await busy.pause()
      expect(await look()).toMatchObject({ state: 'T' })
      busy.resume()
    }
  } finally {
    await home.close()
  }
})
