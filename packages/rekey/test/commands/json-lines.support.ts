import { readFileSync } from 'node:fs'
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { schemaName } from '../../src/commands/json-output.ts'

/** As the package publishes them. */
const SCHEMAS = new URL('../../schemas/', import.meta.url)
const ajv = addFormats.default(new Ajv2020({ allowUnionTypes: true }))

/**
 * Checks a line of a command by its published schema, and that it has no part which the schema does not name.
 *
 * @throws {Error} with what is wrong
 */
export function checkLine(path: string, line: unknown): void {
  const name = schemaName(path)
  for (const [key, schemaOf] of [
    [name, readSchema],
    [`${name} without more`, (one: string) => closed(readSchema(one))],
  ] as const) {
    const validate = ajv.getSchema(key) ?? ajv.addSchema(schemaOf(name), key).getSchema(key)
    if (validate?.(line) === true) continue
    throw new Error(
      `a line of ${path} does not fit ${key}: ${JSON.stringify(line)} ${ajv.errorsText(validate?.errors ?? [])}`,
    )
  }
}

function readSchema(name: string): AnySchemaObject {
  const text = readFileSync(new URL(`${name}.json`, SCHEMAS), 'utf8')
  // It is there twice, so its keys are names.
  return Object.assign(JSON.parse(text) as AnySchemaObject, { $id: undefined })
}

/** The schema with every object closed that does not say what else it may have. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T
  if (typeof schema !== 'object' || schema === null) return schema
  const parts = Object.entries(schema).map(([key, part]) => [key, closed(part) as unknown])
  const isOpen = 'properties' in schema && !('additionalProperties' in schema)
  return Object.fromEntries([...parts, ...(isOpen ? [['additionalProperties', false]] : [])]) as T
}
