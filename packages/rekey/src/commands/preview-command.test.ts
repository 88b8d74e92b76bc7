// @lane servers
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { loadDeployment } from '../family/deployment.ts'
import { openRotator } from '../family/rotator/open-rotator.ts'
import { rotate } from '../engine/rotate.ts'
import type { RotationEvent } from '../journal/journal.ts'
import { openDotenvStore } from '@rekey/config-loader/store'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { KEY, listen } from '../../test/commands/shop-and-mail.support.ts'
import { runProgram } from '../../test/commands/run-program.support.ts'

const settings = z.object({})
const shop = defineService({ name: 'shop', settings, secrets: { mail: apiKeyTo('mail') } })
const mail = defineService({ name: 'mail', settings, secrets: { shop: apiKeyFrom('shop') } })
const SECRET = ['api-key', 'shop:mail'] as const

async function optionsFor(path: string) {
  const source = await openDotenvStore({ path })
  return { env: { REKEY_ENVIRONMENT: 'test' }, source, policy: { ttlMs: 50 } }
}

/** Two replicas of shop that call one of mail; the second replica reads a copy of the store that stays as it is. */
async function openFamily() {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-preview-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const [path, copy] = [join(directory, '.env'), join(directory, 'copy.env')]
  const key = issueApiKey({ environment: 'dev' }).text.expose()
  await writeFile(path, `${KEY}=${key}\n`, { mode: 0o600 })
  await copyFile(path, copy)
  const receiver = await loadService(mail, await optionsFor(path))
  const keyring = createKeyring(receiver.secrets)
  const server = createServer(apiKeyAuth({ keyring })((_request, response) => void response.end()))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const openShop = async (from: string) => {
    const service = await loadService(shop, await optionsFor(from))
    const send = withApiKey(service.secrets.mail, { origins: [at], refreshWaitMs: 50 })(fetch)
    const url = await listen(service)
    return { url, call: async () => (await send(at)).status }
  }
  const [following, frozen] = [await openShop(path), await openShop(copy)]
  const mailUrl = await listen(receiver)
  const file = join(directory, 'family.json')
  const declare = (...others: readonly string[]) => {
    const shops = [following.url, frozen.url, ...others]
    const family = {
      services: ['shop', 'mail'],
      secrets: { 'api-key': ['shop:mail'] },
      ...{ journal: 'store', environment: 'development', store: { locator: `dotenv:${path}` } },
      fleet: [
        ...shops.map((url) => ({ service: 'shop', url, healthUrl: url })),
        { service: 'mail', url: at, healthUrl: mailUrl },
      ],
      ...{ validationMs: 0, auditDirectory: join(directory, 'audit') },
    }
    return writeFile(file, JSON.stringify(family))
  }
  await declare()
  const show = (command: string, ...more: readonly string[]) =>
    runProgram([command, ...SECRET, ...more, '--family', file])
  /** A rotation whose rotator ends once both versions are live and the newer one is current. */
  const leavePromoted = async () => {
    const rotator = await openRotator({ ...(await loadDeployment(file)), env: {} })
    onTestFinished(() => rotator.close())
    const leave = ({ step, phase }: RotationEvent) => {
      if (step === 'promote' && phase === 'end') throw new Error('left')
    }
    const kind = rotator.kinds.get(SECRET.join(' '))
    if (kind === undefined) throw new Error('the family has no such key')
    await expect(rotate(kind, { ...rotator, onEvent: leave })).rejects.toThrow('left')
  }
  return { show, leavePromoted, declare, following, frozen, mailUrl, key, path }
}

it('names before a revocation the replicas that it refuses, and who used the version last', async () => {
  const { show, leavePromoted, following, frozen, mailUrl, key } = await openFamily()
  expect(await frozen.call()).toBe(200)
  await leavePromoted()
  const ask = () => show('preview', 'previous', '--json')
  // Until the replica that follows the store has loaded the new version.
  await expect.poll(async () => (await ask()).output).toContain('"verdict":"breaks"')
  const preview = await ask()
  expect(preview.lines()).toMatchObject([
    {
      ...{ type: 'preview', secret: SECRET.join(' '), name: KEY, stage: 'previous' },
      ...{ verdict: 'breaks', refused: [{ replica: frozen.url, by: 1 }], retrying: 0 },
      holders: [
        {
          ...{ service: 'shop', replicas: 2, holding: [following.url, frozen.url], silent: [] },
          lastUse: { who: `shop at ${frozen.url}` },
        },
        {
          ...{ service: 'mail', replicas: 1, holding: [mailUrl], silent: [] },
          lastUse: { who: `mail at ${mailUrl}` },
        },
      ],
    },
  ])
  expect((await show('preview', 'current', '--json')).lines()).toMatchObject([
    { stage: 'current', verdict: 'nothing', refused: [], retrying: 1 },
  ])
  expect([await following.call(), await frozen.call()]).toEqual([200, 200])
  await show('rotate', '--compromised', '--deadline-ms', '300')
  await expect.poll(() => frozen.call()).toBe(401)
  expect(await following.call()).toBe(200)
  expect(preview.output).not.toContain(key)
})

it('names a replica that does not answer, and concludes nothing from its silence', async () => {
  const { show, declare } = await openFamily()
  const gone = 'http://127.0.0.1:9'
  await declare(gone)
  const { output } = await show('preview')
  expect(output).toContain(`unknown, no report: shop at ${gone} (does not answer)`)
  expect(output).toContain('based on reports from 3 of 4 replicas (shop 2/3, mail 1/1)')
  expect((await show('preview', '--json')).lines()).toMatchObject([
    { holders: [{ silent: [{ replica: gone, reason: 'does not answer' }] }, { silent: [] }] },
  ])
})

it('refuses a version that is not live, and fails where the store cannot be read', async () => {
  const { show, path } = await openFamily()
  const refused = await show('preview', 'v9')
  expect(refused).toMatchObject({
    ...{
      code: 1,
      output: expect.stringContaining('has no live version v9; it has: current') as string,
    },
  })
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace(`${KEY}=`, 'OTHER='))
  expect(await show('preview')).toMatchObject({
    ...{ code: 1, output: expect.stringContaining(KEY) as string },
  })
})
