import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiKeyFrom, apiKeyTo, createKeyring, issueApiKey, apiKeyAuth } from '@rekey/api-key-auth'
import { defineService, loadService, openHealthListener, type Service } from '@rekey/config-loader'
import { openDotenvStore } from '@rekey/config-loader/store'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { runProgram } from './run-program.support.ts'

/** The secret of the deployment, as its store has it. */
export const KEY = 'API_KEY_SHOP_MAIL'
const settings = z.object({})
const policy = { ttlMs: 50 }

/** The health URL of a loaded service. */
export async function listen(service: Service): Promise<string> {
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  return `http://127.0.0.1:${health.port}`
}

interface DeploymentOptions {
  /** In place of a directory. */
  readonly auditDatabase?: string
  /** Parts of the family in place of those here. */
  readonly family?: object
  /** Of each command. */
  readonly env?: Readonly<Record<string, string>>
}

/** A deployment of shop and mail in a directory, and one replica of mail that is listed and was shut down. */
export async function openDeployment({
  auditDatabase,
  env = {},
  family: more = {},
}: DeploymentOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-without-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, '.env')
  const first = issueApiKey({ environment: 'dev' }).text.expose()
  await writeFile(path, `${KEY}=${first}\n`, { mode: 0o600 })
  const source = await openDotenvStore({ path })
  const load = { env: { REKEY_ENVIRONMENT: 'test' }, source, policy }
  const shop = await loadService(
    defineService({ name: 'shop', settings, secrets: { mail: apiKeyTo('mail') } }),
    load,
  )
  const mail = await loadService(
    defineService({ name: 'mail', settings, secrets: { shop: apiKeyFrom('shop') } }),
    load,
  )
  const keyring = createKeyring(mail.secrets)
  const server = createServer(apiKeyAuth({ keyring })((_request, response) => void response.end()))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const [shopUrl, mailUrl, gone] = [await listen(shop), await listen(mail), 'http://127.0.0.1:9']
  const family = {
    services: ['shop', 'mail'],
    secrets: { 'api-key': ['shop:mail'] },
    ...{ journal: 'store', environment: 'development', store: { locator: `dotenv:${path}` } },
    fleet: [
      { service: 'shop', url: shopUrl, healthUrl: shopUrl },
      { service: 'mail', url: at, healthUrl: mailUrl },
      { service: 'mail', url: gone, healthUrl: gone },
    ],
    validationMs: 0,
    ...(auditDatabase ? { auditDatabase } : { auditDirectory: join(directory, 'audit') }),
    ...more,
  }
  const file = join(directory, 'family.json')
  await writeFile(file, JSON.stringify(family))
  const show = (...args: readonly string[]) => runProgram([...args, '--family', file], { env })
  const rekey = (...args: readonly string[]) => show(...args, '--json')
  const audit = async () => {
    const names = await readdir(join(directory, 'audit'))
    const texts = names.map((name) => readFile(join(directory, 'audit', name), 'utf8'))
    return (await Promise.all(texts)).join('')
  }
  return { rekey, show, audit, path, file, mailUrl, gone, first }
}
