import { join } from 'node:path'
import { findContradictions } from '@rekey/rekey'
import { findFamily } from '@rekey/rekey/internal'
import { listServices, loadServiceFolder } from '@rekey/rekey/internal/definitions'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

it('the family of this repository and its service definitions contradict each other nowhere', async () => {
  const { family, path } = await findFamily(ROOT)
  const services = await listServices(ROOT)
  const definitions = await Promise.all(services.map((name) => loadServiceFolder(ROOT, name)))
  expect(definitions.map(({ name }) => name)).toEqual(['certtransparency', 'frontend', 'signing'])
  expect(findContradictions(family, definitions, { file: path })).toEqual([])
})
