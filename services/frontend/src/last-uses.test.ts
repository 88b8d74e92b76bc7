import { mkdtemp, realpath, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logIn } from '@rekey/testbed'
import { issue } from '@rekey/testbed/certificates'
import { expect, it, onTestFinished } from 'vitest'
import { database, openPortal, pool } from '../test/frontend.support.ts'
import { createLastUses } from './last-uses.ts'
import { parseUsesFiles } from './uses-setting.ts'

const MINUTE = 60
const serialOf = (n: number) => `4${String(n).padStart(39, '0')}`
const written = (serial: string) => serial.match(/../g)?.join(':') ?? ''
const seconds = () => Math.floor(Date.now() / 1_000)

/** VPN servers of these names, and a portal where alice has two profiles from 20 minutes ago. */
async function open(...names: readonly string[]) {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'uses-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const files = names.map((name) => join(folder, `${name}.uses`))
  const warnings: unknown[] = []
  const logger = { warn: (about: unknown) => warnings.push(about) }
  const uses = createLastUses({ files, pool, logger: logger as never })
  const portal = await openPortal({ uses })
  const { browser } = await logIn({ startUrl: `${portal.url}/login`, account: 'alice' })
  for (const n of [1, 2]) {
    await database.query(
      `insert into profile (issuer, subject, serial, fingerprint, certificate, device, created_at)
       select issuer, subject, $1, $1, $2, $3, now() - interval '20 minutes' from session`,
      [serialOf(n), issue().pem, `device ${n}`],
    )
  }
  const from = seconds()
  const at = (name: string) => join(folder, name)
  return {
    ...{ uses, warnings, at, folder },
    /** A line of the time so many seconds ago. */
    line: (ago: number, n?: number) =>
      `${from - ago} ${n === undefined ? 'start' : written(serialOf(n))}\n`,
    /** The status of a server that worked so many seconds ago. */
    alive: async (ago = 0, name = 'vpn1') => {
      await writeFile(at(`${name}.status`), 'people and addresses')
      await utimes(at(`${name}.status`), from - ago, from - ago)
    },
    write: (text: string, name = 'vpn1') => writeFile(at(`${name}.uses`), text),
    /** When each device was last used, by the page. */
    shown: async (): Promise<Readonly<Record<string, string>>> => {
      const { body } = await browser.get(portal.url)
      const used = /<h3>(device \d)<\/h3>.*?class="used">([^<]*)</gs
      const all = [...body.matchAll(used)].map(([, name = '', text = '']) => [name, text] as const)
      return Object.fromEntries(all)
    },
    page: async () => (await browser.get(portal.url)).body,
  }
}

it('shows when a profile was last used, and never for one whose whole time is covered', async () => {
  const { uses, alive, write, line, shown, page } = await open('vpn1')
  await alive()
  await write(line(30 * MINUTE) + line(8 * MINUTE, 1) + line(5 * MINUTE, 1) + line(6 * MINUTE, 9))
  await uses.read()
  expect(await shown()).toEqual({
    'device 1': expect.stringMatching(/^5 minutes ago, \d+ \w+ \d+, \d\d:\d\d UTC$/) as string,
    'device 2': 'never',
  })
  expect(await page()).not.toContain('When profiles were last used')
  await expect(uses.check()).resolves.toBe(undefined)
})

it('keeps a use that the file no longer has, and takes no earlier one for the last', async () => {
  const { uses, alive, write, line, shown } = await open('vpn1')
  await alive()
  await write(line(30 * MINUTE) + line(2 * MINUTE, 1))
  await uses.read()
  await write(line(30 * MINUTE) + line(3 * MINUTE, 1))
  await uses.read()
  expect((await shown())['device 1']).toMatch(/^2 minutes ago/)
})

it('covers the time across a rotation, and from its end where a rotated file is missing', async () => {
  const { uses, alive, write, line, at, shown } = await open('vpn1')
  await alive(MINUTE)
  await write(line(30 * MINUTE))
  await uses.read()
  await rename(at('vpn1.uses'), at('vpn1.uses.1'))
  await write(line(30, 1))
  await alive()
  await uses.read()
  expect((await shown())['device 2']).toBe('never')
  await rm(at('vpn1.uses.1'))
  await uses.read()
  expect((await shown())['device 2']).toBe('never')
  // Two rotations at once: what was between is lost.
  await database.query(`update vpn_uses set until = until - interval '5 minutes'`)
  await uses.read()
  expect((await shown())['device 2']).toMatch(/^not since /)
})

it('claims nothing of a time before the first line, or in which a use was lost', async () => {
  const { uses, alive, write, line, at, shown } = await open('vpn1')
  await alive()
  await write(line(10 * MINUTE) + line(5 * MINUTE, 1))
  await uses.read()
  expect(await shown()).toMatchObject({
    'device 1': expect.stringMatching(/^5 minutes ago/) as string,
    'device 2': expect.stringMatching(/^not since /) as string,
  })
  await writeFile(at('vpn1.uses.lost'), '')
  await utimes(at('vpn1.uses.lost'), seconds() - 10, seconds() - 10)
  await database.query('truncate vpn_uses')
  await uses.read()
  expect((await shown())['device 1']).toMatch(/UTC or later$/)
})

const SILENT: readonly [string, string, (server: Awaited<ReturnType<typeof open>>) => unknown][] = [
  ['has the last status of long ago', 'stale', ({ alive }) => alive(6 * MINUTE)],
  ['has no status', 'no-status', ({ at }) => rm(at('vpn1.status'))],
  ['has a status of the future', 'status-of-the-future', ({ alive }) => alive(-6 * MINUTE)],
  ['has no file', 'no-file', ({ at }) => rm(at('vpn1.uses'))],
  ['has a file without a line', 'no-line', ({ write }) => write('')],
  ['has no folder', 'no-status', ({ folder, at }) => rename(folder, `${at('')}-away`)],
]

it.each(SILENT)(
  'shows what was known, and that it may be old, where a server %s',
  async (_name, problem, spoil) => {
    const server = await open('vpn1')
    const { uses, alive, write, line, shown, page, warnings, folder } = server
    onTestFinished(() => rm(`${folder}-away`, { recursive: true, force: true }))
    await alive(7 * MINUTE)
    await write(line(30 * MINUTE) + line(9 * MINUTE, 1))
    await uses.read()
    await spoil(server)
    await uses.read()
    expect(await shown()).toEqual({
      'device 1': expect.stringMatching(/UTC or later$/) as string,
      'device 2': expect.stringMatching(/^never until /) as string,
    })
    expect(await page()).toMatch(/known until [^:]+:\d\d UTC and not since/)
    expect(warnings.at(-1)).toEqual({ event: 'uses-not-read', server: 'vpn1', problem })
    await expect(uses.check()).rejects.toThrow(`vpn1: ${problem}`)
  },
)

it('covers the time that every server covers, and none while one has recorded nothing', async () => {
  const { uses, alive, write, line, shown, page } = await open('vpn1', 'vpn2')
  await alive()
  await write(line(30 * MINUTE))
  await uses.read()
  expect((await shown())['device 1']).toBe('not known')
  expect(await page()).toContain('is not known yet')
  await alive(0, 'vpn2')
  await write(line(10 * MINUTE) + line(4 * MINUTE, 1), 'vpn2')
  await uses.read()
  expect(await shown()).toMatchObject({
    'device 1': expect.stringMatching(/^4 minutes ago/) as string,
    'device 2': expect.stringMatching(/^not since /) as string,
  })
})

it('logs a problem once, and again where it comes back', async () => {
  const { uses, alive, write, line, warnings, at } = await open('vpn1')
  await write(line(MINUTE))
  await uses.read()
  await uses.read()
  expect(warnings).toHaveLength(1)
  await alive()
  await uses.read()
  await rm(at('vpn1.status'))
  await uses.read()
  expect(warnings).toHaveLength(2)
})

it('takes no two files for one server', () => {
  expect(parseUsesFiles('/a/vpn1.uses,/a/vpn2.uses')).toHaveLength(2)
  expect(() => parseUsesFiles('/a/vpn1.uses,/b/vpn1.uses')).toThrow('two files of one name')
})

it('shows nothing of uses where none are recorded', async () => {
  const { url } = await openPortal()
  const { page } = await logIn({ startUrl: `${url}/login`, account: 'alice' })
  expect(page.body).toContain('New VPN profile')
  expect(page.body).not.toContain('Last used')
})
