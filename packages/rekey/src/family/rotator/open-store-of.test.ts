import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStoreOf } from './open-store-of.ts'

/** Answers 403 to every request, and keeps what tokens came. */
async function newVault() {
  const tokens = new Set<string>()
  const server = createServer((request, response) => {
    const token = request.headers['x-vault-token']
    if (typeof token === 'string') tokens.add(token)
    response.writeHead(403, { 'content-type': 'application/json' }).end('{"errors":[]}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens }
}

async function newFile(text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-place-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const path = join(directory, 'value')
  await writeFile(path, text, { mode: 0o600 })
  return path
}

const tokenOf = (who: string) => `${who}-${crypto.randomUUID()}`

it('takes a variable from the file that it names, and the rest from the environment', async () => {
  const { address, tokens } = await newVault()
  const [own, inherited] = [tokenOf('own'), tokenOf('inherited')]
  const variables = { VAULT_TOKEN: { file: await newFile(`${own}\n`) } }
  const env = { VAULT_ADDR: address, VAULT_TOKEN: inherited }
  const opening = openStoreOf({ store: { locator: 'vault:secret/shop', variables } }, env)
  await expect(opening).rejects.toMatchObject({ code: 'forbidden' })
  expect([...tokens]).toEqual([own])
})

it('names the file of a variable that cannot be read, and no value', async () => {
  const file = join(tmpdir(), `rekey-${crypto.randomUUID()}`)
  const place = { locator: 'vault:secret/shop', variables: { VAULT_TOKEN: { file } } }
  await expect(openStoreOf({ store: place })).rejects.toMatchObject({
    code: 'missing',
    message: expect.stringContaining(file) as string,
  })
})
