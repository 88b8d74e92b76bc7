// @lane servers
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { LiveFeed } from './live-feed.ts'
import { family, holding, settled, staged } from '../../test/console/readings.support.ts'

const HOUR_MS = 3_600_000
const EVERY_MS = 10_000
const DAY = (24 * HOUR_MS) / EVERY_MS
const CASE_MS = 1_200_000

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}

/** Four replicas, each of which another takes the place of each minute. */
function replicasAt(n: number, version: string) {
  const minute = Math.floor((n * EVERY_MS) / 60_000)
  const answers = [0, 1, 2, 3].map((each) => holding('till', 4 * minute + each, { [version]: n }))
  return [{ service: 'till', answers }]
}

/** A secret that is rotated each hour, and one that is never. */
function readingAt(n: number) {
  const version = `v${Math.floor((n * EVERY_MS) / HOUR_MS)}`
  return family([
    settled({ staged: staged({ current: version }), answers: replicasAt(n, version) }),
    settled({ title: 'api-key till:shop', answers: replicasAt(n, 'v1') }),
  ])
}

it(
  'a week of views, one each ten seconds, takes no more memory than a day of them',
  async () => {
    const clock = createFakeClock()
    let n = 0
    const read = () => Promise.resolve(readingAt((n += 1)))
    const feed = new LiveFeed({ read, everyMs: EVERY_MS, clock })
    let bytes = 0
    feed.watch((event) => (bytes = event.length))
    const readUntil = async (count: number) => {
      while (n < count) await clock.advance(EVERY_MS)
      return { bytes, heap: heapBytes() }
    }
    const day = await readUntil(DAY)
    const week = await readUntil(7 * DAY)
    await feed.close()
    expect(week.bytes).toBeLessThan(day.bytes + 100)
    expect(week.heap - day.heap).toBeLessThan(3_000_000)
  },
  CASE_MS,
)
