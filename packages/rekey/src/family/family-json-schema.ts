import { z } from 'zod'
import { KINDS } from './all-kinds.ts'
import { familySchema, parties } from './schema.ts'
import { entrySchema } from './secret-entries.ts'

/**
 * Derives the JSON Schema (draft 2020-12) of a family file. Editors check a file against it that names it in `$schema`; what its
 * parts must have in common is checked when it is read.
 */
export function familyJsonSchema(): object {
  const { properties, required, ...schema } = toJsonSchema(familySchema)
  const secrets = { ...(properties?.['secrets'] as object), properties: entrySchemas() }
  const base = { type: 'string', description: 'a file whose parts this one adds to or replaces' }
  const modules = { type: 'array', items: { type: 'string' } }
  const kinds = {
    ...modules,
    description: 'modules that bring kinds of secret: `@rekey/redis/rotate`, `./licence.ts`',
  }
  const stores = {
    ...modules,
    description: 'modules that bring stores, for locators of their schemes: `./table-store.ts`',
  }
  return {
    title: 'A family of services and their secrets',
    ...schema,
    properties: { ...properties, secrets, extends: base, kinds, stores },
    anyOf: [{ required }, { required: ['extends'] }],
  }
}

/** The entries of the kinds that ask for more than parties. */
function entrySchemas(): object {
  const lists = [...KINDS.values()].flatMap((kind) => {
    const entry = entrySchema(kind)
    return entry === undefined ? [] : [[kind.kind, z.array(z.union([parties, entry]))] as const]
  })
  return toJsonSchema(z.object(Object.fromEntries(lists))).properties ?? {}
}

function toJsonSchema(schema: z.ZodType) {
  return z.toJSONSchema(schema, {
    io: 'input',
    // Which lists the program may change is nothing to an editor.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  })
}
