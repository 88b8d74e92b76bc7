// @lane servers
import { mkdtempSync, realpathSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFakeClock } from '@rekey/secret'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followAuthorities } from './follow-authorities.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

const cwd = mkdtempSync(join(realpathSync(tmpdir()), 'rekey-authorities-'))
const root = join(cwd, 'root')
afterAll(() => rm(cwd, { recursive: true }))

async function ca(...args: string[]) {
  const { code, output } = await runProgram(['ca', ...args], { cwd })
  expect([code, output]).toEqual([0, expect.anything()])
}

const NAME = ['--name', 'Example Root']

beforeAll(() => ca('init-root', 'root', ...NAME, '--passphrase-out', 'root.pass'), 60_000)

it('shows that a CA was never backed up or drilled, and then when it was', async () => {
  const [before] = await followAuthorities([root])()
  expect(before).toMatchObject({
    ...{ directory: root, drill: { state: 'absent' } },
    generations: [
      { generation: 1, state: 'active', certificate: { subject: 'CN=Example Root G1' } },
    ],
  })
  expect(before).not.toHaveProperty('lastBackup')
  const made = ['--passphrase-file', 'root.pass', '--backup-passphrase-out', 'backup.pass']
  await ca('backup', 'create', 'root', ...made, '--out', 'backup')
  const opening = ['--backup-passphrase-file', 'backup.pass', '--certificate', 'root/ca.crt']
  await ca('drill', 'backup', ...opening, '--report', 'report', '--keystore', 'root')
  const [after] = await followAuthorities([root])()
  expect(after).toMatchObject({
    lastBackup: expect.any(Date) as Date,
    drill: { state: 'fresh', at: expect.any(Date) as Date },
  })
}, 60_000)

it('a keystore that is not there is named with the reason, and hides no other', async () => {
  const missing = join(cwd, 'none')
  const shown = await followAuthorities([missing, root])()
  expect(shown).toMatchObject([
    { directory: missing, error: { code: 'missing' } },
    { directory: root, generations: [{ state: 'active' }] },
  ])
})

it('a keystore that would not open is named with the reason', async () => {
  await ca('init-root', 'other', ...NAME, '--passphrase-out', 'other.pass')
  await rename(join(cwd, 'other', 'ca.crt'), join(cwd, 'other', 'old.crt'))
  const [shown] = await followAuthorities([join(cwd, 'other')])()
  expect(shown).toHaveProperty('error.code', 'missing')
}, 60_000)

it('looks again after fifteen seconds', async () => {
  const clock = createFakeClock(Date.now())
  const place = join(cwd, 'moved')
  const read = followAuthorities([place], clock)
  const isFound = async () => 'generations' in ((await read())[0] ?? {})
  expect(await isFound()).toBe(false)
  await rename(root, place)
  expect(await isFound()).toBe(false)
  await clock.advance(15_000)
  expect(await isFound()).toBe(true)
})
