import { expect, it } from 'vitest'
import type { VaultAnswer, VaultConnection, VaultRequest } from '../internal.ts'
import { openVaultStore } from '../index.ts'

const NAMES = ['DATABASE_SHOP', 'REKEY_ROTATION_DATABASE_SHOP']
const PATHS = NAMES.map((name) => `secret/data/vpn/${name}`)

/** A Vault that answers with these capabilities, and the requests that it gets. */
function vaultWith(capabilities: Readonly<Record<string, unknown>>) {
  const requests: VaultRequest[] = []
  const connection: VaultConnection = {
    address: 'https://vault.example:8200',
    request(request) {
      requests.push(request)
      return Promise.resolve({ data: capabilities } as unknown as VaultAnswer)
    },
  }
  const mount = { path: 'secret', version: 2 } as const
  return { requests, store: openVaultStore({ connection, path: 'secret/vpn', mount }) }
}

it.each([
  ['root', ['root'], undefined],
  ['all that a rotation does', ['create', 'read', 'update'], undefined],
  ['reading alone', ['read'], 'create, update'],
  ['nothing', ['deny'], 'create, read, update'],
])('a token that may do %s is asked about once, for all paths', async (_, may, lacks) => {
  const { requests, store } = vaultWith(Object.fromEntries(PATHS.map((path) => [path, may])))
  await using opened = await store
  expect(await opened.lacks(NAMES)).toEqual(
    lacks === undefined
      ? []
      : PATHS.map(
          (path) => `the token lacks ${lacks} on ${path}: apply the policy of rekey rights`,
        ),
  )
  expect(requests).toMatchObject([
    { method: 'POST', path: 'sys/capabilities-self', body: { paths: PATHS } },
  ])
})

it('an answer without capabilities is no right', async () => {
  await using opened = await vaultWith({}).store
  await expect(opened.lacks(NAMES)).rejects.toMatchObject({ details: { reason: 'not-json' } })
})
