import { SecretError } from '@rekey/secret'
import { expect, it, vi } from 'vitest'
import { LEAK, LIMITS, openLeakyFamily } from '../../../test/commands/leaks/leaky-family.support.ts'
import { keepLooking, type LeakRun, lookForLeaks } from './rotate-leaked.ts'

const HOUR_MS = 3_600_000
const PATIENCE = { timeout: 30_000, interval: 1 }

function setUp(...of: Parameters<typeof openLeakyFamily>) {
  const family = openLeakyFamily(...of)
  const look = (mode?: LeakRun['mode']) => {
    family.output.length = 0
    return lookForLeaks(family.newRun(mode))
  }
  return { ...family, look }
}

it('rotates a leaked secret, and records what was reported before it acts', async () => {
  const fixture = setUp(['A'], LIMITS)
  expect(await fixture.look()).toBe(0)
  expect(fixture.outcomes()).toEqual(['A rotated'])
  const [leak] = fixture.lines()
  expect(leak).toMatchObject({ type: 'leak', secret: 'text A', replica: 'host:1', ...LEAK })
  const { version } = leak ?? {}
  expect(fixture.events[0]).toEqual({
    ...{ actor: 'rekey leaks', action: 'leak', subject: 'A', version, outcome: 'refused' },
    details: { replica: 'host:1', ...LEAK },
  })
})

it('shows and plans without a change, and ends with 1', async () => {
  const fixture = setUp(['A'], LIMITS)
  expect(await fixture.look('show')).toBe(1)
  const [before] = fixture.lines()
  expect(await fixture.look('plan')).toBe(1)
  expect(fixture.outcomes()).toEqual(['text A planned'])
  expect(fixture.lines()[0]).toEqual(before)
  expect(fixture.events).toEqual([])
})

it.each([undefined, { ...LIMITS, rotate: ['api-key'] }])(
  'leaves a secret to a person where the family does not name its kind',
  async (leaks) => {
    const fixture = setUp(['A'], leaks)
    expect(await fixture.look()).toBe(1)
    expect(fixture.outcomes()).toEqual(['text A not in policy'])
  },
)

it('rotates one secret once an hour, though its new value leaks again and again', async () => {
  const fixture = setUp(['A'], LIMITS)
  await fixture.look()
  expect(await fixture.look()).toBe(1)
  expect(fixture.outcomes()).toEqual(['text A rotated before'])
  fixture.clock.jump(HOUR_MS + 1)
  expect(await fixture.look()).toBe(0)
})

it('rotates no more secrets in an hour than the family allows, and then first what had to wait', async () => {
  const fixture = setUp(['A', 'B', 'C', 'D'], LIMITS)
  expect(await fixture.look()).toBe(1)
  expect(fixture.outcomes()).toEqual(['A rotated', 'B rotated', 'C rotated', 'text D too many'])
  const { until = '' } = fixture.lines().find(({ type }) => type === 'left') ?? {}
  expect(Date.parse(until)).toBe(fixture.clock.now() + HOUR_MS)
  fixture.clock.jump(HOUR_MS)
  expect(await fixture.look()).toBe(1)
  expect(fixture.outcomes()).toEqual(['D rotated', 'A rotated', 'B rotated', 'text C too many'])
})

it('takes no notice of a version that the store does not hold', async () => {
  const fixture = setUp(['A'], LIMITS, () => [{ version: 'another', ...LEAK }])
  expect(await fixture.look()).toBe(0)
  expect(fixture.output).toEqual([])
})

it('prints nothing of a report that is not of the form of one', async () => {
  const escape = '\u001b[2J'
  for (const bad of [
    'leaks',
    [null],
    [{ count: 1 }],
    [{ encoding: escape }],
    [{ callSite: `${escape}:1` }],
    [{ channel: 'x'.repeat(251) }],
    [{ count: -1 }],
  ]) {
    const fixture = setUp(['A'], LIMITS, (version) =>
      Array.isArray(bad) ? bad.map((part) => part && { version, ...LEAK, ...part }) : bad,
    )
    const expected = JSON.stringify(bad) === '[{"count":1}]' ? ['A rotated'] : []
    expect([await fixture.look(), fixture.outcomes()]).toEqual([0, expected])
    expect(fixture.output.join('')).not.toContain('2J')
  }
})

it('reports a replica that gives no answer, and ends with 4', async () => {
  const fixture = setUp(['A'], LIMITS, () => undefined)
  expect(await fixture.look()).toBe(4)
  expect(fixture.lines()).toEqual([
    { type: 'silent', secret: 'text A', service: 'A', url: 'http://A' },
  ])
})

it('looks again and again, and prints of a failure that it began and that it is over', async () => {
  const { newRun, stop, store, rotator, lines } = setUp(['A', 'B'], undefined, () => [])
  const failing = (message: string) => () => Promise.reject(new SecretError('unreachable', message))
  const looks = vi.spyOn(rotator.journal, 'entries')
  const untilLooked = async () => {
    const enough = looks.mock.calls.length + 3
    await vi.waitUntil(() => looks.mock.calls.length > enough, PATIENCE)
  }
  const read = store.read.bind(store)
  const readOther = (name: string) => (name === 'A' ? failing('no A')() : read(name))
  const reads = vi.spyOn(store, 'read').mockImplementation(readOther)
  const ended = keepLooking(newRun(), 1)
  await untilLooked()
  // That A is not looked at meanwhile is no sign that it works.
  looks.mockImplementation(failing('no journal'))
  await untilLooked()
  looks.mockRestore()
  await vi.waitUntil(() => lines().some(({ type }) => type === 'recovered'), PATIENCE)
  reads.mockRestore()
  await vi.waitUntil(() => lines().at(-1)?.['secret'] === 'A', PATIENCE)
  stop.abort()
  await ended
  expect(lines()).toMatchObject([
    { type: 'failure', secret: 'A', message: 'unreachable: no A' },
    { type: 'failure', message: 'unreachable: no journal' },
    { type: 'recovered' },
    { type: 'recovered', secret: 'A' },
  ])
})
