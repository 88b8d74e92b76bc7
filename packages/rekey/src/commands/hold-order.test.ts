import { readFile, writeFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { KEY, openDeployment } from '../../test/commands/shop-and-mail.support.ts'

const HOUR_MS = 3_600_000
const TITLE = ['api-key', 'shop:mail'] as const

/** A deployment whose keys are rotated in an hour that is not now, and held once they are. */
async function open() {
  const time = (hours: number) => new Date(Date.now() + hours * HOUR_MS).toISOString().slice(11, 16)
  const windows = { 'api-key': { from: time(2), to: time(3), zone: 'UTC' } }
  const policy = { windows, holds: { 'api-key': 'after-promote' } }
  const deployment = await openDeployment({ family: { policy, maxOverlapMs: HOUR_MS } })
  const { rekey, show, gone } = deployment
  const rotate = (...more: readonly string[]) =>
    rekey('rotate', ...TITLE, '--without', gone, ...more)
  const status = async () => (await rekey('status')).lines()[0] ?? {}
  return { ...deployment, rotate, status, shown: () => show('status') }
}

it('an order by name is carried out outside the window, which it names, and is held; the order to go on ends the rotation, and is in the audit log with the person', async () => {
  const { rotate, show, status, shown, audit, rekey, gone } = await open()
  const first = await show('rotate', ...TITLE, '--without', gone)
  expect(first.code).toBe(4)
  expect(first.output).toMatch(/is rotated now, outside its window .* UTC, which opens at/)
  expect(first.output).toContain(`${KEY} is held after promote since`)
  const { open: found, turn, versions } = await status()
  const [{ version: go }] = versions as [{ version: string }]
  const until = expect.any(String) as string
  expect(found).toMatchObject({ held: { at: 'after-promote', version: go, until } })
  expect(turn).toMatchObject({ reason: 'held', isDue: false })
  const text = (await shown()).output
  expect(text).toContain(`rekey rotate api-key shop:mail --go ${go} lets it go on`)
  expect((await rekey('rotate', '--due')).lines()).toEqual([])
  expect((await rotate()).lines().at(-1)).toMatchObject({
    ...{ type: 'failure', code: 'held', exitCode: 4, details: { version: go } },
  })
  const order = await rotate('--go', go)
  expect(order.code).toBe(0)
  const rotated = order.lines().at(-1)
  expect(rotated).toMatchObject({ type: 'rotated', version: go })
  expect((await rotate('--go', go)).lines()).toEqual([rotated])
  const orders = (await audit()).split('\n').filter((line) => line.includes(`"go":"${go}"`))
  expect(orders.length).toBeGreaterThan(0)
  expect(orders.every((line) => line.includes('"person":"unix:'))).toBe(true)
})

it('an order to go on is refused where nothing is held, and goes with no emergency and no plan', async () => {
  const { rotate, first, path, show } = await open()
  const refused = await rotate('--go', 'v1')
  expect(refused.code).toBe(2)
  expect(refused.lines()).toMatchObject([{ type: 'failure', code: 'not-held' }])
  expect(await readFile(path, 'utf8')).toContain(first)
  for (const flag of ['--compromised', '--plan']) {
    expect((await show('rotate', ...TITLE, '--go', 'v1', flag)).code).toBe(2)
  }
  expect((await show('rotate', '--due', '--go', 'v1')).code).toBe(2)
})

it('a secret that is due outside its window is shown with the time at which that opens, and is put off', async () => {
  const { rekey, status, shown, file } = await open()
  const family = JSON.parse(await readFile(file, 'utf8')) as { policy: object }
  const schedule = { 'api-key': { rotateAfter: '0 s', stagger: '0 s', dueIfAgeUnknown: true } }
  await writeFile(file, JSON.stringify({ ...family, policy: { ...family.policy, schedule } }))
  const { turn } = await status()
  expect(turn).toMatchObject({
    isDue: true,
    outside: { window: expect.stringMatching(/ UTC$/) as string },
  })
  expect((await shown()).output).toMatch(/but not before .*: outside its window .* UTC/)
  const due = await rekey('rotate', '--due')
  expect(due.lines()).toMatchObject([{ type: 'put-off', secret: KEY }])
})
