// @lane servers
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { openConsole } from './index.ts'
import { family, settled } from '../../test/console/readings.support.ts'

const VIEWERS = 1_000
const PATIENCE_MS = 240_000
const poll = { timeout: 120_000, interval: 100 }

beforeAll(async () => {
  const script = fileURLToPath(new URL('../../build-page.mjs', import.meta.url))
  await promisify(execFile)(process.execPath, [script])
})

/** A console whose views are numbered, the number in place of the environment, after `padding`. */
async function openNumbered(everyMs: number, padding = '') {
  let read = 0
  let isFrozen = false
  const page = await openConsole({
    everyMs,
    read: () => {
      if (!isFrozen) read += 1
      return Promise.resolve(family([settled()], { environment: `${padding}#${read}` }))
    },
  })
  onTestFinished(() => page.close())
  return {
    port: Number(new URL(page.url).port),
    count: () => read,
    /** Returns the number of the view that all later ones are like. */
    freeze: () => {
      isFrozen = true
      return read
    },
  }
}

/** A viewer that keeps the numbers of the views that it has got. */
async function watch(port: number) {
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  socket.write(`GET /events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  return { socket, numbers: numbersIn(socket) }
}

function numbersIn(socket: Socket): number[] {
  const numbers: number[] = []
  let rest = ''
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1')
    for (const [, number] of text.matchAll(/#(\d+)"/g)) numbers.push(Number(number))
    // A number that is cut off is found whole with the next chunk.
    rest = text.slice(text.lastIndexOf('"') + 1).slice(-20)
  })
  return numbers
}

it(
  'a thousand viewers all get the newest view',
  async () => {
    const { port, count, freeze } = await openNumbered(200)
    const viewers: Awaited<ReturnType<typeof watch>>[] = []
    for (let n = 0; n < VIEWERS; n += 1) viewers.push(await watch(port))
    const atLeast = count() + 3
    await expect.poll(count, poll).toBeGreaterThan(atLeast)
    const newest = freeze()
    const behind = () => viewers.filter(({ numbers }) => numbers.at(-1) !== newest).length
    await expect.poll(behind, poll).toBe(0)
  },
  PATIENCE_MS,
)

it(
  'for a viewer that does not read, no more waits than a few views, and it gets the newest once it reads',
  async () => {
    const { port, count, freeze } = await openNumbered(5, 'x'.repeat(1_000_000))
    const { socket, numbers } = await watch(port)
    socket.pause()
    await expect.poll(count, poll).toBeGreaterThan(200)
    const sent = freeze()
    socket.resume()
    await expect.poll(() => numbers.at(-1), poll).toBe(sent)
    const waited = numbers.filter((number) => number < sent)
    expect(waited.length).toBeLessThan(sent / 4)
  },
  PATIENCE_MS,
)
