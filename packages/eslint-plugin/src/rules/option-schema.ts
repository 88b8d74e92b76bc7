import type { JSONSchema4, JSONSchema4ArraySchema } from '@typescript-eslint/utils/json-schema'

type Properties = Readonly<Record<string, JSONSchema4>>

/** The schema of the only option of a rule. */
export function optionsOf(description: string, properties: Properties): JSONSchema4[] {
  return [objectOf(description, properties)]
}

/** The schema of an object with no more than `properties`. */
export function objectOf(description: string, properties: Properties): JSONSchema4 {
  return { type: 'object', description, additionalProperties: false, properties }
}

/** The schema of a list of names or globs, each there once. */
export function list(description: string): JSONSchema4ArraySchema {
  return { type: 'array', items: { type: 'string' }, uniqueItems: true, description }
}

/** The schema of something that is on or off. */
export function flag(description: string): JSONSchema4 {
  return { type: 'boolean', description }
}
