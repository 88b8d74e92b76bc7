// @lane servers
import { EventEmitter, once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { SecretError, type StagedSecret } from '@rekey/secret'
import { expect, it } from 'vitest'
import { kubeletWriter, random, volumeFixture } from '../../../test/store/mount/volume.support.ts'

const SWAPS = 10_000
/** As fast as the writer can; then it waits for a reader, or on a fast machine none would ever come through. */
const AT_ONCE = 5
const READERS = 2
const NAMES = ['USERNAME', 'PASSWORD', 'CERTIFICATE'] as const

/** Every value of a generation bears its number, which is also a secret's version: mixed ones would tell. */
function generation(number: number): Record<string, string> {
  const salt = random()
  const [username, password, certificate] = NAMES
  return {
    [username]: `${number} ${salt}`,
    [password]: `${number} ${salt} ${'x'.repeat(4_096)}`,
    [certificate]: `${number} ${salt}\n`,
    // A stage that comes and goes: a folder that is being removed must not look like it.
    ...(number % 2 === 0 && { [`${password}__PENDING`]: `${number} ${salt} next` }),
  }
}

it.runIf(kubeletWriter.found)(
  `S16 ${SWAPS} swaps of ..data during reads: no mixed set, and no secret taken for missing`,
  { timeout: 120_000 },
  async () => {
    await using fixture = await volumeFixture()
    const { volume } = fixture
    await volume.write(generation(0))
    const source = await fixture.open()
    const counts = { sets: 0, mixed: 0, retriesExhausted: 0, generations: new Set<number>() }
    const reads = new EventEmitter()
    let isDone = false
    const reader = async () => {
      while (!isDone) {
        const read = await source.readAll(NAMES).catch((error: unknown) => error)
        if (read instanceof SecretError && read.details['reason'] === 'changing') {
          counts.retriesExhausted += 1
          continue
        }
        const generations = generationsIn(read as ReadonlyMap<string, StagedSecret | SecretError>)
        counts.sets += 1
        if (new Set(generations).size !== 1) counts.mixed += 1
        counts.generations.add(generations[0] ?? -1)
        reads.emit('set')
      }
    }
    const readers = Array.from({ length: READERS }, reader)
    for (let number = 1; number <= SWAPS; number += AT_ONCE) {
      const numbers = Array.from({ length: AT_ONCE }, (_, i) => number + i)
      const set = once(reads, 'set')
      await Promise.all(numbers.map((each) => volume.write(generation(each))))
      await set
    }
    isDone = true
    await Promise.all(readers)
    console.info(
      `${SWAPS} swaps: ${counts.sets} sets of ${counts.generations.size} generations read, ` +
        `${counts.mixed} mixed; ${counts.retriesExhausted} times they changed too often`,
    )
    expect(counts.mixed).toBe(0)
    expect(counts.sets).toBeGreaterThan(1_000)
    expect(counts.generations.size).toBeGreaterThan(200)
    expect(counts.retriesExhausted).toBeLessThan(counts.sets / 10)
  },
)

it.runIf(kubeletWriter.found)(
  'S16 swaps faster than a watch can follow: the last one always arrives',
  { timeout: 60_000 },
  async () => {
    await using fixture = await volumeFixture()
    await fixture.volume.write(generation(0))
    const source = await fixture.open()
    await source.readAll(NAMES)
    const seen = fixture.collect(source.watch('PASSWORD', fixture.signal))
    for (let round = 1; round <= 20; round += 1) {
      const writes = Array.from({ length: 50 }, (_, i) =>
        fixture.volume.write(generation(round * 50 + i)),
      )
      await Promise.all(writes)
      const last = `${round * 50 + 49} `
      await expect
        .poll(() => seen.at(-1)?.current.value.expose().startsWith(last), { timeout: 10_000 })
        .toBe(true)
    }
    await sleep(100)
    expect(seen.length).toBeLessThanOrEqual(1_000)
  },
)

function generationsIn(read: ReadonlyMap<string, StagedSecret | SecretError>): number[] {
  return Array.from(read.values()).flatMap((staged) => {
    if (staged instanceof SecretError) throw staged
    const versions = [staged.current, staged.pending].filter((version) => version !== undefined)
    const numbers = versions.map(({ value }) => Number(value.expose().split(' ')[0]))
    const hasPending = staged.pending !== undefined
    const isWhole = staged.name !== 'PASSWORD' || hasPending === ((numbers[0] ?? 0) % 2 === 0)
    return isWhole ? numbers : [...numbers, Number.NaN]
  })
}
