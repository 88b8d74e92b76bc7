import { SecretError } from '@rekey/secret'
import { expect, it, onTestFinished, vi } from 'vitest'
import type { AnswerRun } from './answer-leak.ts'
import { createFindingQueue } from './finding-queue.ts'
import { LIMITS, openLeakyFamily } from '../../../test/commands/leaks/leaky-family.support.ts'

const HOUR_MS = 3_600_000
const PATIENCE = { timeout: 30_000, interval: 5 }

/** A queue at work for the secrets `A`, `B`, … */
function setUp(names: readonly string[], leaks: Parameters<typeof openLeakyFamily>[1]) {
  const family = openLeakyFamily(names, leaks)
  const { stop, store, newRun, outcomes } = family
  const start = (mode: AnswerRun['mode'] = 'rotate') => {
    const queue = createFindingQueue()
    const ended = queue.work({ ...newRun(), mode })
    onTestFinished(() => {
      stop.abort()
      return ended
    })
    return queue
  }
  const findingOf = async (name: string) => {
    const { version } = (await store.read(name)).current
    return { secret: `text ${name}`, version }
  }
  const until = (expected: readonly string[]) => expect.poll(outcomes, PATIENCE).toEqual(expected)
  return { ...family, start, findingOf, until }
}

it('rotates what was found once, though it is sent again while that is done, later, and to the next process', async () => {
  const { start, findingOf, until, outcomes, output } = setUp(['A', 'B'], LIMITS)
  const [found, other] = [await findingOf('A'), await findingOf('B')]
  const queue = start()
  for (let time = 0; time < 100; time += 1) queue.add(found)
  await until(['A rotated'])
  queue.add(found)
  start().add(found)
  queue.add(other)
  await until(['A rotated', 'B rotated'])
  expect(outcomes()).toHaveLength(2)
  expect(output.filter((line) => line.includes('"failure"'))).toEqual([])
})

it('rotates no more secrets in an hour than the family allows, and the others once that has passed', async () => {
  const { start, findingOf, until, clock } = setUp(['A', 'B', 'C'], { ...LIMITS, atMost: 1 })
  const [a, b, c] = [await findingOf('A'), await findingOf('B'), await findingOf('C')]
  const queue = start()
  queue.add(a)
  queue.add(b)
  await until(['A rotated', 'text B too many'])
  clock.jump(HOUR_MS + 1)
  queue.add(c)
  await until(['A rotated', 'text B too many', 'B rotated', 'text C too many'])
})

it('changes nothing with a dry run, or where the family does not name the kind', async () => {
  const planned = setUp(['A'], LIMITS)
  const before = await planned.findingOf('A')
  planned.start('plan').add(before)
  await planned.until(['text A planned'])
  expect(await planned.findingOf('A')).toEqual(before)
  const other = setUp(['A'], { ...LIMITS, rotate: ['api-key'] })
  other.start().add(await other.findingOf('A'))
  await other.until(['text A not in policy'])
})

it('reports a journal that does not answer, and tries again with the next finding', async () => {
  const { start, findingOf, until, rotator, lines } = setUp(['A', 'B'], LIMITS)
  const broken = vi.spyOn(rotator.journal, 'entries')
  broken.mockRejectedValue(new SecretError('unreachable', 'no journal'))
  const queue = start()
  queue.add(await findingOf('A'))
  await expect.poll(lines, { timeout: 30_000 }).toMatchObject([{ code: 'unreachable' }])
  broken.mockRestore()
  queue.add(await findingOf('B'))
  await until(['A rotated', 'B rotated'])
})

it('prints a failure once however often it recurs, again for another reason, and once when it is over', async () => {
  const { start, findingOf, rotator, lines, clock } = setUp(['A', 'B'], LIMITS)
  const untilRetry = (isDone: () => boolean) =>
    vi.waitUntil(() => clock.advance(10_000).then(isDone), PATIENCE)
  const found = [await findingOf('A'), await findingOf('B')]
  const broken = vi.spyOn(rotator.journal, 'entries')
  const queue = start()
  const untilTriedAgain = async (message: string) => {
    broken.mockRejectedValue(new SecretError('unreachable', message))
    const enough = broken.mock.calls.length + 6 * found.length
    await untilRetry(() => broken.mock.calls.length > enough)
  }
  for (const each of found) queue.add(each)
  await untilTriedAgain('no journal')
  await untilTriedAgain('login refused')
  broken.mockRestore()
  await untilRetry(() => lines().some(({ type }) => type === 'recovered'))
  const printed = lines().filter(({ type = '' }) => ['failure', 'recovered'].includes(type))
  expect(printed).toMatchObject([
    { message: 'unreachable: no journal' },
    { message: 'unreachable: login refused' },
    { type: 'recovered' },
  ])
})
