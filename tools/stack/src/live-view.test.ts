import { createFakeClock } from '@rekey/secret'
import { expect, it } from 'vitest'
import { createLiveView } from './live-view.ts'

const COUNTS = {
  ...{ requests: 1_022, profiles: 1_000, logins: 22, failures: 0, inHand: 0 },
  failuresByReason: {},
}

function open(isTTY: boolean) {
  const clock = createFakeClock()
  const lines: string[] = []
  const write = (text: string) => lines.push(text) > 0
  return { clock, lines, view: createLiveView({ write, isTTY }, clock) }
}

it('prints what is waited for each ten seconds where there is no terminal', async () => {
  const { clock, lines, view } = open(false)
  view.rotation(
    { secret: 'KEY', step: 'admit', phase: 'waiting', message: '0/1 replicas: accepts it' },
    COUNTS,
  )
  await clock.advance(9_000)
  expect(lines).toEqual([])
  await clock.advance(1_000)
  expect(lines.join('')).toMatch(/still waiting: KEY +admit .*1022 .*0\/1 replicas: accepts it\n/)
  await clock.advance(10_000)
  expect(lines).toHaveLength(2)
})

it('prints nothing of it after its end', async () => {
  const { clock, lines, view } = open(false)
  view.end()
  await clock.advance(60_000)
  expect(lines).toEqual([])
})

it('paints what goes on, what is broken on purpose and what failed, if it is to', () => {
  const lines: string[] = []
  const write = (text: string) => lines.push(text) > 0
  const view = createLiveView({ write, isTTY: true }, createFakeClock(), (style, text) => {
    return `<${style}>${text}</${style}>`
  })
  view.starting('PostgreSQL')
  view.fault('kill -9 of signing')
  view.outcome('back')
  view.rotation({ secret: 'KEY', step: 'admit', phase: 'end' }, { ...COUNTS, failures: 2 })
  expect(lines.join('')).toMatchInlineSnapshot(`
    "<dim>starting PostgreSQL</dim>
    <yellow>kill -9 of signing</yellow>
    <green>  → back</green>
    KEY                                admit     requests   1022  <red>failures 2</red>
    "
  `)
})
