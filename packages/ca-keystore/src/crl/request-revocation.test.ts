import { mkdir } from 'node:fs/promises'
import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { failureOf, freshPath } from '../../test/ca.support.ts'
import type { PublishedLists } from './published-lists.ts'
import { BundleReader } from './published-lists.ts'
import { requestThrough } from './request-revocation.ts'
import { makeRequestFolder, readRequests } from './revocation-requests.ts'

/** A bundle that has the serials which are put in it. */
class FilledBundle extends BundleReader {
  readonly serials = new Set<string>()
  reads = 0

  override read(): Promise<PublishedLists> {
    this.reads += 1
    return Promise.resolve({ text: '', lists: [], serials: this.serials })
  }
}

/** Lists that a process publishes when `work` does, and a clock that stands still. */
async function newLists() {
  const directory = freshPath()
  await mkdir(directory, { mode: 0o700 })
  const clock = createFakeClock()
  await makeRequestFolder(directory, clock.now())
  const bundle = new FilledBundle(directory)
  let works = 0
  const revoke = (
    serials: readonly string[],
    publish: (work: number) => unknown = () => undefined,
    limitMs?: number,
  ) => {
    const requests = serials.map((serial) => ({ serial }))
    const order = { directory, requests, clock, ...(limitMs !== undefined && { limitMs }) }
    return requestThrough(order, bundle, async () => {
      works += 1
      await Promise.resolve(publish(works))
    })
  }
  const filed = async () => (await readRequests(directory)).requests
  return { bundle, clock, directory, filed, revoke, works: () => works }
}

it('files nothing for certificates that are all on the lists', async () => {
  const { bundle, filed, revoke, works } = await newLists()
  bundle.serials.add('41').add('42')
  await revoke(['41', '42'])
  expect([await filed(), works()]).toEqual([[], 0])
})

it('files all of them, as of now, where one is not on the lists, and ends as soon as all are', async () => {
  const { bundle, clock, filed, revoke, works } = await newLists()
  bundle.serials.add('41')
  await revoke(['41', '42'], () => bundle.serials.add('42'))
  expect(works()).toBe(1)
  const at = new Date(clock.now())
  expect(await filed()).toMatchObject([
    { serial: '41', at },
    { serial: '42', at },
  ])
})

it('looks each tenth of a second until they are published', async () => {
  const { bundle, clock, revoke, works } = await newLists()
  const done = revoke(['41'], (work) => work === 3 && bundle.serials.add('41'))
  await expect.poll(() => works()).toBe(1)
  await clock.advance(99)
  expect(works()).toBe(1)
  await clock.advance(1)
  expect(works()).toBe(2)
  await clock.advance(100)
  await done
})

it.each([
  ['ten seconds', undefined, 10_000],
  ['the limit that was given', 300, 300],
])(
  'ends after %s, with the request on the disk and nothing to be repeated',
  async (_, limitMs, ms) => {
    const { clock, directory, filed, revoke, works } = await newLists()
    const failure = failureOf(() => revoke(['41'], undefined, limitMs))
    await expect.poll(() => works()).toBe(1)
    await clock.advance(ms - 1)
    expect(works()).toBe(ms / 100)
    await clock.advance(1)
    const error = await failure
    expect(works()).toBe(ms / 100 + 1)
    expect(error).toMatchObject({
      code: 'unreachable',
      details: { directory, reason: 'not-published' },
    })
    expect(error.message).toContain(`recorded in ${directory}`)
    expect(error.message).toContain('nothing is to be repeated')
    expect(await filed()).toMatchObject([{ serial: '41' }])
  },
)
