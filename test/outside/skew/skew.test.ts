// @lane servers
import { readFile, writeFile } from 'node:fs/promises'
import { storeName } from '@rekey/secret'
import { isExhaustive } from '@rekey/testbed'
import { expect, it } from 'vitest'
import { openSkewFamily, type Release, type SkewOptions } from './skew-family.ts'

const TIMEOUT_MS = 600_000
const ROTATED = [
  ['api-key', 'sender:receiver', storeName('api-key', ['sender', 'receiver'])],
  ['database', 'receiver', storeName('database', ['receiver'])],
] as const

/** A skew that is tried where tests are exhaustive alone is rare. */
interface Skew extends SkewOptions {
  readonly what: string
  readonly by: readonly Release[]
  readonly isRare?: boolean
}

const SKEWS: readonly Skew[] = [
  {
    what: 'services of 0.1.0 and the rotator of this release',
    ...{ sender: '0.1.0', receiver: '0.1.0', by: ['new'], journal: 'main' },
  },
  {
    what: 'services of this release and the rotator of 0.1.0',
    ...{ sender: 'new', receiver: 'new', by: ['0.1.0'], journal: 'main', isRare: true },
  },
  {
    what: 'half of the services upgraded, the rotator upgraded and put back',
    ...{ sender: '0.1.0', receiver: 'new', by: ['0.1.0', 'new', '0.1.0'], journal: 'main' },
    isRare: true,
  },
  {
    what: 'half of the services upgraded, with the journal in the store',
    ...{ sender: 'new', receiver: '0.1.0', by: ['0.1.0', 'new', '0.1.0'], journal: 'store' },
  },
]

it.each(SKEWS.filter(({ isRare }) => isExhaustive || isRare !== true))(
  'loses no request: $what',
  { timeout: TIMEOUT_MS },
  async ({ by, ...options }) => {
    await using family = await openSkewFamily(options)
    for (const release of by) {
      for (const [kind, parties, name] of ROTATED) {
        const before = await family.versionOf(name)
        await family.rotate(release, kind, parties)
        expect(await family.versionOf(name)).not.toBe(before)
      }
    }
    const { sent, lost } = await family.stop()
    expect(lost).toBe(0)
    expect(sent).toBeGreaterThan(100)
  },
)

it.each([
  { begins: 'new', ends: '0.1.0' },
  { begins: '0.1.0', ends: 'new' },
] as const)(
  'a rotation that the rotator of $begins has begun is finished by that of $ends',
  { timeout: TIMEOUT_MS },
  async ({ begins, ends }) => {
    const options = { sender: '0.1.0', receiver: 'new', journal: 'store' } as const
    await using family = await openSkewFamily(options)
    for (const [kind, parties, name] of ROTATED) {
      const before = await family.versionOf(name)
      await family.killAt('stage', begins, kind, parties)
      await family.rotate(ends, kind, parties)
      expect(await family.versionOf(name)).not.toBe(before)
    }
    expect((await family.stop()).lost).toBe(0)
  },
)

it('a rotator changes nothing in a store of a newer format', { timeout: TIMEOUT_MS }, async () => {
  const options = { sender: 'new', receiver: 'new', journal: 'main' } as const
  await using family = await openSkewFamily(options)
  const newer = `# @rekey-format 2\n${await readFile(family.envFile, 'utf8')}`
  await writeFile(family.envFile, newer)
  const rotation = family.rotate('new', 'api-key', 'sender:receiver')
  await expect(rotation).rejects.toThrow('ended with 1')
  await expect(rotation).rejects.toThrow(
    'has format 2, and this release reads up to format 1: upgrade the program that reads the store first',
  )
  expect(await readFile(family.envFile, 'utf8')).toBe(newer)
  expect((await family.stop()).lost).toBe(0)
})
