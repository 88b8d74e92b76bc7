import { createFakeClock } from '@rekey/secret'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import { expect, it } from 'vitest'
import { createLiveView } from './live-view.ts'
import type { Paint } from './paint.ts'

const COUNTS = {
  ...{ requests: 1_022, profiles: 1_000, logins: 22, failures: 0, hangs: 0, inHand: 0 },
  failuresByReason: {},
}
const TURN = { nth: 3, of: 27 }
const STEPS = ['generate', 'stage', 'admit', 'prove', 'promote', 'confirm', 'revoke'] as const

function open(isTTY: boolean, paint?: Paint) {
  const clock = createFakeClock()
  const written: string[] = []
  const write = (text: string) => written.push(text) > 0
  const view = createLiveView({ write, isTTY, columns: 100 }, clock, paint)
  const see = (event: Pick<RotationEvent, 'step' | 'phase' | 'message'>, counts = COUNTS) => {
    view.rotation({ secret: 'KEY', ...event }, counts, TURN)
  }
  return { clock, written, view, see }
}

/** The rows that a terminal shows after these texts, which draw over a row and never move up. */
function rowsOf(written: readonly string[]): string[] {
  const rows = written.join('').split('\n')
  return rows.map((row) => row.split('\r\u001b[K').at(-1)?.trimEnd() ?? '')
}

it('prints one line a rotation, and the current wait after ten silent seconds, where there is no terminal', async () => {
  const { clock, written, view, see } = open(false)
  see({ step: 'generate', phase: 'begin' })
  see({ step: 'admit', phase: 'waiting', message: 'waiting for 1 of 1 replicas' })
  await clock.advance(9_000)
  expect(written).toEqual([])
  await clock.advance(1_000)
  expect(written).toEqual([
    'still waiting:  3/27 KEY                              ▰▰▱▱▱▱▱ admit     1022 requests 0 failed  waiting for 1 of 1 replicas\n',
  ])
  see({ step: 'revoke', phase: 'end' })
  see({ step: 'confirm-revoked', phase: 'end' })
  view.rotation({ secret: 'NEXT', step: 'generate', phase: 'begin' }, COUNTS, { nth: 4 })
  expect(written.slice(1)).toEqual([
    ' 3/27 KEY                              ▰▰▰▰▰▰▰   10.0 s  1022 requests 0 failed\n',
  ])
  await clock.advance(10_000)
  expect(written).toHaveLength(3)
})

it('prints nothing of it after its end', async () => {
  const { clock, written, view } = open(false)
  view.end()
  await clock.advance(60_000)
  expect(written).toEqual([])
})

it('is one row for each rotation on a terminal: what it is at, and in the end how long it took', async () => {
  const { clock, written, view, see } = open(true)
  for (const step of STEPS) {
    see({ step, phase: 'begin' })
    if (step === 'admit') view.note('the console is at http://127.0.0.1:7359/')
    if (step === 'confirm') {
      see({ step, phase: 'waiting', message: 'old key silent for 0 of 1000 ms: used by shop' })
    }
    if (step === 'revoke') expect(rowsOf(written)).toHaveLength(2)
    await clock.advance(300)
    see({ step, phase: 'end' })
  }
  expect(written.join('')).toContain(
    ' 3/27 KEY                              ▰▰▰▰▰▱▱ confirm   1022 requests 0 failed  old key silent fo…',
  )
  view.end()
  expect(rowsOf(written)).toEqual([
    'the console is at http://127.0.0.1:7359/',
    ' 3/27 KEY                              ▰▰▰▰▰▰▰    2.1 s  1022 requests 0 failed',
    '',
  ])
})

it('draws no row that is wider than the terminal, which would wrap and could not be drawn over', () => {
  const { written, see } = open(true)
  see({ step: 'confirm', phase: 'waiting', message: 'x'.repeat(500) })
  expect(Math.max(...rowsOf(written).map((row) => row.length))).toBe(99)
})

it('shows of a rotation that is over before its last step where it ended', () => {
  const { written, view, see } = open(true, (style, text) => `<${style}>${text}</${style}>`)
  see({ step: 'generate', phase: 'begin' })
  see({ step: 'generate', phase: 'end' })
  see({ step: 'abort', phase: 'end' })
  view.rotation({ secret: 'NEXT', step: 'generate', phase: 'begin' }, COUNTS, { nth: 4 })
  expect(rowsOf(written)[0]).toContain(
    '<green>▰</green><dim>▱▱▱▱▱▱</dim> <yellow>abort   </yellow>',
  )
  expect(rowsOf(written)[1]).toContain('<dim>4 </dim>NEXT')
})

it('paints what goes on, what is broken on purpose and what failed, if it is to', () => {
  const { written, view, see } = open(false, (style, text) => `<${style}>${text}</${style}>`)
  view.starting('PostgreSQL')
  view.fault('kill -9 of signing')
  view.outcome('back')
  see({ step: 'revoke', phase: 'end' }, { ...COUNTS, failures: 2 })
  view.end()
  expect(written.join('')).toMatchInlineSnapshot(`
    "<dim>starting PostgreSQL</dim>
    <yellow>kill -9 of signing</yellow>
    <green>  → back</green>
    <dim> 3/27 </dim>KEY                              <green>▰▰▰▰▰▰▰</green><dim></dim>    0.0 s  1022 requests <red>2 failed</red>
    "
  `)
})
