import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listLogins, nextLoginName } from '@rekey/db-pool-rotator/roles'
import { storeName } from '@rekey/secret'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type HyphenatedFamily,
  KEY,
  openHyphenatedFamily,
  PLACES,
  RECEIVER,
  SENDER,
} from './hyphenated-fixture.ts'
import { runRekey } from '@rekey/test-support'

let opened: HyphenatedFamily
let familyPath: string

beforeAll(async () => {
  opened = await openHyphenatedFamily()
  familyPath = join(opened.directory, 'family.json')
  await writeFile(familyPath, JSON.stringify(opened.family))
}, 60_000)
afterAll(() => opened[Symbol.asyncDispose]())

it('R44: the API key of two services with hyphens is rotated by the command line', async () => {
  expect(RECEIVER).toHaveLength(63)
  expect(await opened.call()).toBe(200)
  const before = await opened.versionOf(KEY)
  const run = await runRekey(['rotate', 'api-key', `${SENDER}:${RECEIVER}`, '--family', familyPath])
  expect(run).toMatchObject({ code: 0 })
  expect(await opened.versionOf(KEY)).not.toBe(before)
  expect(await opened.call()).toBe(200)
}, 60_000)

it.each([SENDER, RECEIVER])(
  'R44: the database login of %s is rotated by the command line, whatever its server, database and owner role are called',
  async (service) => {
    const name = storeName('database', [service])
    const before = await opened.versionOf(name)
    const run = await runRekey(['rotate', 'database', service, '--family', familyPath])
    expect(run).toMatchObject({ code: 0 })
    expect(await opened.versionOf(name)).not.toBe(before)
    const { server = '', ownerRole = '' } = PLACES.get(service) ?? {}
    const admin = opened.admins.get(server)
    if (admin === undefined) throw new Error(`there is no server ${server}`)
    const second = nextLoginName(ownerRole, nextLoginName(ownerRole))
    expect(await listLogins(admin, ownerRole)).toMatchObject([{ name: second }])
    expect(await opened.users.get(service)?.()).toMatchObject({
      rows: [{ current_user: ownerRole }],
    })
  },
  60_000,
)

it('R44: status names each of them', async () => {
  const { code, lines } = await runRekey(['status', '--family', familyPath, '--json'])
  expect(code).toBe(0)
  const names = [KEY, ...[SENDER, RECEIVER].map((service) => storeName('database', [service]))]
  expect(JSON.stringify(lines())).toMatch(new RegExp(names.join('[^]*')))
}, 60_000)
