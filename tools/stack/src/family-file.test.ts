import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { loadFamilyFile } from './family-file.ts'
import { openPlace } from './open-place.ts'

const family = {
  secrets: { locator: 'vault:secret/vpn' },
  fleet: [{ service: 'signing', url: 'http://127.0.0.1:1', healthUrl: 'http://127.0.0.1:2' }],
  apiKeys: ['frontend:signing'],
  validationMs: 1_000,
  auditDirectory: '/var/lib/rekey/audit',
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-family-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  return directory
}

async function write(text: string): Promise<string> {
  const path = join(await newDirectory(), 'family.json')
  await writeFile(path, text)
  return path
}

it('takes a family for production, with its journal in the database, unless it says otherwise', async () => {
  const found = await loadFamilyFile(await write(JSON.stringify(family)))
  expect(found).toMatchObject({ environment: 'production', journal: 'database', databases: [] })
  expect(found.secrets).toEqual({ locator: 'vault:secret/vpn', variables: {} })
})

it.each([
  [{ ...family, apiKeys: ['frontend'] }, 'apiKeys: 0: write SENDER:RECEIVER'],
  [{ ...family, validationMs: -1 }, 'validationMs'],
  [{ ...family, databases: ['Front End'] }, 'databases: 0: service: write the name of a service'],
  [{ ...family, databases: ['rotator'] }, 'DATABASE_ROTATOR holds the login of the rotator'],
  [{ ...family, apiKeys: ['a--b:c'] }, 'apiKeys: 0: write SENDER:RECEIVER'],
  [{ ...family, fleet: [{ service: 'signing' }] }, 'fleet: 0: url'],
  [{ ...family, client: { provider: { kind: 'magic' } } }, 'client'],
  [{ ...family, journal: 'paper' }, 'journal'],
])('says where a family file is wrong: %#', async (content, words) => {
  await expect(loadFamilyFile(await write(JSON.stringify(content)))).rejects.toThrow(words)
})

it('shows nothing of a file that holds a secret by mistake', async () => {
  const value = randomBytes(24).toString('hex')
  const texts = [
    `VAULT_TOKEN=${value}`,
    JSON.stringify({ ...family, secrets: { locator: 'x', variables: { VAULT_TOKEN: [value] } } }),
    JSON.stringify({ ...family, validationMs: value }),
  ]
  for (const text of texts) {
    const failure = await loadFamilyFile(await write(text)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(Error)
    expect((failure as Error).message).not.toContain(value)
  }
})

it('says so where there is no such file', async () => {
  await expect(loadFamilyFile('/nowhere/family.json')).rejects.toThrow('cannot be read')
})

it('takes a variable from the file that it names, and the rest from the environment', async () => {
  const file = join(await newDirectory(), 'method')
  await writeFile(file, 'approle\n')
  const variables = { REKEY_VAULT_AUTH: { file } }
  const place = { locator: 'vault:secret/vpn', variables }
  const env = { VAULT_ADDR: 'http://127.0.0.1:9' }
  await expect(openPlace(place, env)).rejects.toThrow('set VAULT_ROLE_ID_FILE')
  await expect(openPlace(place)).rejects.toThrow('set VAULT_ADDR')
  const absent = { REKEY_VAULT_AUTH: { file: `${file}.gone` } }
  await expect(openPlace({ ...place, variables: absent }, env)).rejects.toMatchObject({
    code: 'missing',
  })
})
