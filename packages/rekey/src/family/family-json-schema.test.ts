import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { familyJsonSchema } from './family-json-schema.ts'
import { defineFamily } from './index.ts'

it('publishes the JSON Schema that follows from the declaration (vitest -u writes it anew)', async () => {
  const text = `${JSON.stringify(familyJsonSchema(), undefined, 2)}\n`
  await expect(text).toMatchFileSnapshot('../../family.schema.json')
})

it('describes each part that a family may have, and refuses any other', async () => {
  const file = new URL('../../family.schema.json', import.meta.url)
  const schema = JSON.parse(await readFile(file, 'utf8')) as {
    properties: Record<string, { description?: string }>
    additionalProperties: boolean
  }
  const parts = Object.keys(defineFamily({ services: ['billing'] }))
  expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(parts))
  expect(schema.additionalProperties).toBe(false)
})
