import { join } from 'node:path'
import { listServices } from '@rekey/family/definitions'
import { expect, it } from 'vitest'
import { checkAccess } from './check-access.ts'
import { loadDefinitions } from './load-definitions.ts'
import { readFamily } from './read-family.ts'

const repository = join(import.meta.dirname, '../../..')

it('finds no contradiction between the family of this repository and its services', async () => {
  const loaded = await loadDefinitions(repository, await listServices(repository))
  expect(checkAccess(await readFamily(repository), loaded)).toEqual({
    findings: [],
    covered: '3 services, 8 secrets',
  })
})
