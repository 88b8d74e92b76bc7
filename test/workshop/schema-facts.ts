/** Part of a JSON Schema as zod and people write it here. */
interface Schema {
  readonly [keyword: string]: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly prefixItems?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
}

/** A fact of a schema, and the place in the document that it is about. */
export interface SchemaFact {
  readonly place: string
  readonly text: string
  /** Whether a document needs it to be valid, rather than may have it. */
  readonly isDemand: boolean
}

const MAY_BE = ['type', 'const', 'enum']
const DEMANDS = [
  ...['format', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'],
  ...['minItems', 'maxItems', 'minProperties', 'maxProperties'],
]

/** Lists what a schema states of each place of a document: the types and values that are there, and what is demanded. */
export function factsOf(schema: unknown, place: string): SchemaFact[] {
  const one = schema as Schema
  return [
    ...MAY_BE.flatMap((keyword) => valuesOf(one[keyword])).map((value) => may(place, value)),
    ...DEMANDS.filter((keyword) => keyword in one && !isAnyInteger(one[keyword])).map((keyword) =>
      demand(place, `${keyword} ${JSON.stringify(one[keyword])}`),
    ),
    ...(one.required ?? []).map((name) => demand(place, `needs ${name}`)),
    ...(one.additionalProperties === false ? [demand(place, 'nothing else')] : []),
    ...partsOf(one, place).flatMap(([part, below]) => factsOf(part, below)),
  ]
}

function partsOf(schema: Schema, place: string): (readonly [part: Schema, place: string])[] {
  const { properties = {}, items, prefixItems = [], additionalProperties } = schema
  const branches = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  return [
    ...Object.entries(properties).map(([name, part]) => [part, `${place}.${name}`] as const),
    ...(typeof items === 'object' ? [[items, `${place}[]`] as const] : []),
    ...prefixItems.map((part, at) => [part, `${place}[${at}]`] as const),
    ...(typeof additionalProperties === 'object'
      ? [[additionalProperties, `${place}.*`] as const]
      : []),
    ...branches.map((part) => [part, `${place}${branchOf(part, branches)}`] as const),
  ]
}

/**
 * Names a branch of a union by the first constant property of its object, else by the first one that it needs and the object of the
 * first branch does not have: a further branch demands nothing of documents that are valid by another.
 */
function branchOf({ properties = {}, required = [] }: Schema, [first]: readonly Schema[]): string {
  const found = Object.entries(properties).find(([, part]) => 'const' in part)
  if (found !== undefined) return `(${found[0]} ${String(found[1]['const'])})`
  const { properties: others } = first ?? {}
  const own = others && required.find((name) => !(name in others))
  return own === undefined ? '' : `(${own})`
}

/** The bounds that zod gives each integer. */
const isAnyInteger = (bound: unknown) => Math.abs(Number(bound)) === Number.MAX_SAFE_INTEGER
const valuesOf = (value: unknown): unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]
const may = (place: string, value: unknown): SchemaFact => {
  return { place, text: `${place} may be ${JSON.stringify(value)}`, isDemand: false }
}
const demand = (place: string, text: string): SchemaFact => {
  return { place, text: `${place} ${text}`, isDemand: true }
}
