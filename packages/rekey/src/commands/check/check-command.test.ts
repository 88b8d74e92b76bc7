import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openPostgres, type Postgres } from '@rekey/testbed'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { openCheckedDeployment } from '../../../test/commands/checked-deployment.support.ts'

let server: Postgres
let shop: Awaited<ReturnType<typeof openCheckedDeployment>>
beforeAll(async () => {
  server = await openPostgres()
}, 60_000)
afterAll(() => server.close())
beforeEach(async () => {
  shop = await openCheckedDeployment(server)
})

/** The lines of a check that are not `ok`, and its exit code. */
async function findings() {
  const { code, lines } = await shop.check()
  const odd = lines().filter(({ type, result }) => type === 'check' && result !== 'ok')
  return { code, odd: odd.map(({ check, result, message }) => ({ check, result, message })) }
}

const STORE_CLOCK = {
  ...{ check: 'clock', result: 'not checked' },
  message: 'the store shows its clock to no reader',
}
const failed = (check: string, message: RegExp) => ({
  ...{ check, result: 'failed' },
  message: expect.stringMatching(message) as string,
})
const notChecked = (check: string, message: RegExp) => ({
  ...failed(check, message),
  result: 'not checked',
})

it('a deployment that is ready ends with 0, and nothing of it has changed', async () => {
  const before = await shop.state()
  const { code, output, lines } = await shop.check()
  const asked = lines().map(({ check, result }) => `${String(check)}: ${String(result)}`)
  expect({ code, asked: asked.slice(0, -1) }).toEqual({
    code: 0,
    asked: [
      ...['store: ok', 'store: ok', 'store rights: ok', 'server: ok', 'rights: ok', 'fleet: ok'],
      ...['version: ok', 'clock: not checked', 'clock: ok', 'clock: ok', 'journal: ok'],
      'audit log: ok',
    ],
  })
  for (const value of shop.values) expect(output).not.toContain(value)
  expect(await shop.state()).toEqual(before)
})

it('a deployment that has rotated is as ready', async () => {
  const rotated = await shop.show('rotate', 'database', 'shop', '--deadline-ms', '100')
  expect(rotated.output).toMatch(/audit|DATABASE_SHOP/)
  const { odd } = await findings()
  expect(
    odd.filter(({ check }) => ['journal', 'audit log', 'rights'].includes(String(check))),
  ).toEqual([])
})

it.each([
  ['alter role rekey nocreaterole', /^rekey lacks CREATEROLE: alter role "rekey" createrole$/],
  ['revoke pg_signal_backend from rekey', /^rekey lacks pg_signal_backend: grant/],
  ['revoke shop from rekey cascade', /^rekey lacks ADMIN on shop: grant "shop" to "rekey" with/],
])('after %s the right is named, also by rotate --plan', async (statement, message) => {
  await shop.admin.query(statement)
  expect(await findings()).toEqual({ code: 1, odd: [failed('rights', message), STORE_CLOCK] })
  const { code, output } = await shop.show('rotate', 'database', 'shop', '--plan')
  expect(code).toBe(0)
  const [, right] = /would be refused: (.*)/.exec(output) ?? []
  expect(right).toMatch(message)
})

it('a login that the server refuses hides neither store nor replicas', async () => {
  const text = await readFile(shop.path, 'utf8')
  await writeFile(
    shop.path,
    text.replace(/(ROTATOR=.*:\/\/rekey:)[^@]*/, `$1dev-${randomBytes(24).toString('hex')}`),
  )
  expect(await findings()).toEqual({
    code: 1,
    odd: [
      failed('server', /correct its login/),
      failed('rights', /./),
      STORE_CLOCK,
      notChecked('clock', /^the rotator's login at main cannot be used/),
      failed('journal', /./),
    ],
  })
})

it('a secret that is absent fails alone, and what needs it is not checked', async () => {
  const text = await readFile(shop.path, 'utf8')
  await writeFile(shop.path, text.replace(/DATABASE_ROTATOR.*\n/, ''))
  const { code, odd } = await findings()
  expect({ code, failed: odd.filter(({ result }) => result === 'failed') }).toEqual({
    code: 1,
    failed: [failed('store', /DATABASE_ROTATOR/), failed('server', /DATABASE_ROTATOR/)],
  })
})

it('a store that is not there is reported as what it is', async () => {
  await shop.edit({ store: { locator: `dotenv:${shop.directory}/nothere/.env` } })
  const { code, odd } = await findings()
  expect(code).toBe(1)
  expect(odd).toContainEqual(failed('store', /nothere does not exist: create it/))
  expect(odd).toContainEqual(notChecked('store rights', /^the store cannot be used \(missing\)$/))
  expect(odd.map(({ check }) => check)).not.toContain('audit log')
})

it('a replica that is down is named, and asked nothing more', async () => {
  await shop.edit({ fleet: [{ service: 'shop', url: shop.at, healthUrl: 'http://127.0.0.1:9' }] })
  expect(await findings()).toEqual({
    code: 1,
    odd: [
      failed('fleet', /^it does not answer: start it, or correct its health address$/),
      notChecked('version', /^it gives no report$/),
      STORE_CLOCK,
      notChecked('clock', /^it gives no report$/),
    ],
  })
})

/** A replica that passes the report of the real one on, changed. */
async function passOn(change: (report: object) => object, date: Date): Promise<void> {
  const proxy = createServer((request, response) => {
    void (async () => {
      const { host } = new URL(shop.at)
      const headers = { ...request.headers, host } as unknown as Record<string, string>
      const answer = await fetch(new URL(request.url ?? '/', shop.at), { headers })
      response.setHeader('date', date.toUTCString())
      response.end(JSON.stringify(change((await answer.json()) as object)))
    })()
  })
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const healthUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  await shop.edit({ fleet: [{ service: 'shop', url: shop.at, healthUrl }] })
}

it('a replica of a newer release, whose clock is two minutes ahead, fails twice', async () => {
  await passOn((report) => ({ ...report, release: '99.0.0' }), new Date(Date.now() + 120_000))
  expect(await findings()).toEqual({
    code: 1,
    odd: [
      failed('version', /^it has 99\.0\.0, the rotator \d+\.\d+\.\d+: update the rotator first$/),
      STORE_CLOCK,
      failed('clock', /^its clock is 1[12]\d s ahead of this machine's: set both by NTP$/),
    ],
  })
})

it('a replica that reports no version is not checked, and fails nothing', async () => {
  await passOn(({ ...report }) => ({ ...report, release: undefined }), new Date())
  expect(await findings()).toEqual({
    code: 0,
    odd: [notChecked('version', /^it reports no version$/), STORE_CLOCK],
  })
})

it('a journal in which another role has a hand, and a secret of another journal, are refused', async () => {
  await shop.inJournal('create role other; create schema rekey authorization other')
  expect(await findings()).toMatchObject({
    odd: [STORE_CLOCK, failed('journal', /not the rotator's alone/)],
  })
  await shop.inJournal('drop schema rekey')
  const text = await readFile(shop.path, 'utf8')
  await writeFile(shop.path, text.replace('DATABASE_SHOP', '# @journal elsewhere\nDATABASE_SHOP'))
  expect(await findings()).toMatchObject({
    odd: [STORE_CLOCK, failed('journal', /with the journal elsewhere/)],
  })
})

it('an audit log that nothing can be added to fails', async () => {
  await shop.edit({ auditDirectory: `${shop.path}/audit` })
  expect(await findings()).toEqual({
    code: 1,
    odd: [STORE_CLOCK, failed('audit log', /a part of its path is not a directory$/)],
  })
})

it('for people, each line begins with its outcome', async () => {
  const { output } = await shop.show('check')
  expect(output).toMatch(/^ok {10}store {8}DATABASE_ROTATOR: can be read; version \S+ is current\n/)
  expect(output).toMatch(/\nchecks: 11 ok, 0 failed, 1 not checked\n$/)
})
