/** The part of JSON Schema (draft 7) that `models.schema.json` uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly format?: string
  readonly minItems?: number
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly definitions?: Readonly<Record<string, Schema>>
}

/** Returns where `value` does not conform to `schema`, and what is expected there: `.takes[0].kind: must be one of key, …`. */
export function conforms(value: unknown, schema: Schema, root: Schema): string | undefined {
  const { $ref } = schema
  const named = $ref && root.definitions?.[$ref.replace('#/definitions/', '')]
  if (named) return conforms(value, named, root)
  if (schema.enum !== undefined) {
    const isOne = typeof value === 'string' && schema.enum.includes(value)
    return isOne ? undefined : `: must be one of ${schema.enum.join(', ')}`
  }
  switch (schema.type) {
    case 'object':
      return isObject(value) ? ofObject(value, schema, root) : ': must be an object'
    case 'array':
      return Array.isArray(value) ? ofArray(value, schema, root) : ': must be an array'
    case 'integer':
      return Number.isInteger(value) ? undefined : ': must be a whole number'
    case 'boolean':
      return typeof value === 'boolean' ? undefined : ': must be true or false'
    default:
      return ofText(value, schema)
  }
}

function ofText(value: unknown, { pattern, format }: Schema): string | undefined {
  if (typeof value !== 'string') return ': must be a text'
  if (format === 'regex' && !isPattern(value)) return ': must be a regular expression'
  const isAlike = pattern === undefined || new RegExp(pattern).test(value)
  return isAlike ? undefined : `: must match ${pattern}`
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp
  } catch {
    return false
  }
}

function ofArray(value: readonly unknown[], { items, minItems = 0 }: Schema, root: Schema) {
  if (value.length < minItems) return `: must have at least ${String(minItems)}`
  return firstOf(value.entries(), ([index, each]) =>
    within(`[${String(index)}]`, items && conforms(each, items, root)),
  )
}

function ofObject(value: Readonly<Record<string, unknown>>, schema: Schema, root: Schema) {
  const { required = [], properties = {}, additionalProperties } = schema
  const missing = required.find((key) => !Object.hasOwn(value, key))
  if (missing !== undefined) return `: must have ${missing}`
  return firstOf(Object.entries(value), ([key, each]) => {
    const own = Object.hasOwn(properties, key) ? properties[key] : undefined
    const expected = own ?? additionalProperties
    if (expected === false)
      return `: has no field ${key}; there are ${Object.keys(properties).join(', ')}`
    return within(
      `.${key}`,
      typeof expected === 'object' ? conforms(each, expected, root) : undefined,
    )
  })
}

const within = (place: string, fault: string | undefined) => fault && `${place}${fault}`

function firstOf<T>(all: Iterable<T>, find: (each: T) => string | undefined): string | undefined {
  for (const each of all) {
    const found = find(each)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
