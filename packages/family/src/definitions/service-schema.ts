import type { ServiceDefinition } from '@rekey/config-loader'
import { z } from 'zod'

/**
 * Writes the needs of a service as JSON Schema (draft 2020-12): its `settings`, as they are written and before their
 * transforms, and its `secrets` by the names that they have in a store.
 */
export function writeServiceSchema({ name, settings, secrets }: ServiceDefinition): string {
  const { $schema, ...settingsSchema } = z.toJSONSchema(settings, {
    io: 'input',
    unrepresentable: 'any',
  })
  const properties = Object.values(secrets).map((spec) => {
    const { kind, rule, access, minLength } = spec
    const described = { type: 'string', description: `${kind}: ${rule}`, minLength }
    return [spec.nameFor(name), { ...described, writeOnly: true, 'x-access': access }] as const
  })
  const schema = {
    $schema,
    title: name,
    description: `What ${name} needs. Made from its definition: rekey generate.`,
    type: 'object',
    properties: {
      settings: settingsSchema,
      secrets: {
        type: 'object',
        properties: Object.fromEntries(properties),
        required: properties.map(([key]) => key),
      },
    },
    required: ['settings', 'secrets'],
  }
  return `${JSON.stringify(schema, undefined, 2)}\n`
}
