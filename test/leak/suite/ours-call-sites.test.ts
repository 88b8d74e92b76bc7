import { randomBytes } from 'node:crypto'
import { createRedactor } from '@rekey/log-redactor'
import { createFakeClock, Secret } from '@rekey/secret'
import type { NamedLeak } from '@rekey/secret/internal'
import { expect, it } from 'vitest'

function open() {
  const text = randomBytes(32).toString('base64url')
  const clock = createFakeClock()
  const redactor = createRedactor({ secrets: [], clock })
  redactor.add(Secret.of(text, 'API_KEY'))
  const events: NamedLeak[] = []
  redactor.watchLeaks((leak) => events.push(leak))
  return { text, clock, redactor, events }
}

/** As many functions as `count` that call `redact`, each in a line of its own. */
function printersOf(count: number, redact: () => void): (() => void)[] {
  const lines = Array.from({ length: count }, () => '() => redact()').join(',\n')
  const code = `return [${lines}]\n//# sourceURL=/app/printers.js`
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- lines of code, as many as a test asks for
  return (new Function('redact', code) as (redact: () => void) => (() => void)[])(redact)
}

it('L6: a secret that leaks at two call sites is counted and reported at each', () => {
  const { text, redactor, events } = open()
  const here = () => redactor.redact(text)
  const there = () => redactor.redact(text)
  for (const print of [here, there, here, there, there]) print()
  const counts = redactor.leaks().map(({ callSite, count }) => [callSite?.split(':')[0], count])
  const file = 'test/leak/suite/ours-call-sites.test.ts'
  expect(counts).toEqual([
    [file, 2],
    [file, 3],
  ])
  expect(new Set(redactor.leaks().map(({ callSite }) => callSite)).size).toBe(2)
  expect(events.map(({ count }) => count)).toEqual([1, 1])
})

it('reads the stack for few lines of a secret, and then for one in each second', async () => {
  const { text, clock, redactor } = open()
  const here = () => redactor.redact(text)
  const there = () => redactor.redact(text)
  const counts = () => redactor.leaks().map(({ count }) => count)
  for (let i = 0; i < 1_000; i += 1) here()
  there()
  expect(counts()).toEqual([1_001])
  await clock.advance(1_000)
  there()
  there()
  expect(counts()).toEqual([1_002, 1])
})

it('counts 16 further call sites of a secret by themselves, and all lines', async () => {
  const { text, clock, redactor, events } = open()
  const printers = printersOf(40, redactor.redact.bind(redactor, text))
  for (const print of printers) {
    await clock.advance(1_000)
    print()
  }
  expect(redactor.leaks().map(({ count }) => count)).toEqual([
    24,
    ...Array.from({ length: 16 }, () => 1),
  ])
  expect(events).toHaveLength(17)
})
