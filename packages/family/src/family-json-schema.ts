import { z } from 'zod'
import { familySchema } from './schema.ts'

/**
 * Derives the JSON Schema (draft 2020-12) of a family file. Editors check a file against it that names it in `$schema`; what its
 * parts must have in common is checked when it is read.
 */
export function familyJsonSchema(): object {
  const { properties, required, ...schema } = z.toJSONSchema(familySchema, {
    io: 'input',
    // Which lists the program may change is nothing to an editor.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  })
  const base = { type: 'string', description: 'a file whose parts this one adds to or replaces' }
  return {
    title: 'A family of services and their secrets',
    ...schema,
    properties: { ...properties, extends: base },
    anyOf: [{ required }, { required: ['extends'] }],
  }
}
