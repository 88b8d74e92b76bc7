import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { makeDirectory, open, writeSources } from '../../../test/store/locate/locate.support.ts'

const DOCUMENT = new URL('../../../../../docs/sources.md', import.meta.url)

it('opens the sources file of the documentation', async () => {
  const [, example = ''] = /```json\n([\s\S]*?)```/.exec(await readFile(DOCUMENT, 'utf8')) ?? []
  const path = await writeSources(example.replace('/etc/rekey', await makeDirectory()))
  const env = { VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'none' }
  const source = await open(`file:${path}`, { env })
  expect(source.policyFor('TLS_IDENTITY_FRONTEND')).toEqual({
    ttlMs: 30_000,
    maxStaleMs: 604_800_000,
  })
  expect(source.policyFor('DATABASE_FRONTEND')).toEqual({ ttlMs: 30_000, maxStaleMs: 3_600_000 })
  expect(source.policyFor('OIDC_CLIENT_SECRET_FRONTEND')).toMatchObject({ need: 'required' })
})
