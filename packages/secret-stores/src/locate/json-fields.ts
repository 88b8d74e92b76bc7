const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Where a reader says what is wrong. Collected, so that the author of a file hears of everything at once. */
export interface Complaints {
  /** `what` says what is wrong and what to write, never what was written. */
  add(where: string, what: string): void
}

/** Reads one value of a JSON file, or complains and gives `undefined`. */
export type FieldReader<T> = (
  value: unknown,
  where: string,
  complaints: Complaints,
) => T | undefined

type Readers = Readonly<Record<string, FieldReader<unknown>>>

/** What the readers of an object's fields give together. */
export type Fields<R extends Readers> = {
  readonly [Key in keyof R]?: R[Key] extends FieldReader<infer T> ? T : never
}

/** An object with only these fields, all of them optional. A field that is not known is named by its place alone. */
export function fieldsOf<const R extends Readers>(readers: R): FieldReader<Fields<R>> {
  return (value, where, complaints) => {
    const entries = entriesOf(value, where, complaints)
    if (entries === undefined) return undefined
    const read = entries.flatMap(([key, entry], index) => {
      const reader = Object.hasOwn(readers, key) ? readers[key] : undefined
      if (reader === undefined) {
        const known = Object.keys(readers).join(', ')
        complaints.add(where, `its field ${index + 1} is not known: the fields are ${known}`)
        return []
      }
      const result = reader(entry, `${where}.${key}`, complaints)
      return result === undefined ? [] : [[key, result] as const]
    })
    return Object.fromEntries(read) as Fields<R>
  }
}

/** The entries of an object, in the order in which they stand there. */
export function entriesOf(
  value: unknown,
  where: string,
  complaints: Complaints,
): [string, unknown][] | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return Object.entries(value)
  }
  complaints.add(where, 'write an object, as in { … }')
  return undefined
}

/** A text that is not empty. */
export const textField: FieldReader<string> = (value, where, complaints) => {
  if (typeof value === 'string' && value !== '') return value
  complaints.add(where, 'write a text in double quotes')
  return undefined
}

/** A list of texts, none of them empty. */
export const listField: FieldReader<readonly string[]> = (value, where, complaints) => {
  const items: unknown[] = Array.isArray(value) ? value : []
  const texts = items.filter((item) => typeof item === 'string' && item !== '') as string[]
  if (texts.length > 0 && texts.length === items.length) return texts
  complaints.add(where, 'write a list of texts, as in ["a", "b"]')
  return undefined
}

/** A duration in words, as in `"30 s"`; given in milliseconds. */
export const durationField: FieldReader<number> = (value, where, complaints) => {
  const [, count, unit = ''] = /^(\d{1,4}) ?([a-z]+)$/.exec(String(value)) ?? []
  const unitMs = Object.hasOwn(UNITS_MS, unit) ? UNITS_MS[unit] : undefined
  if (typeof value === 'string' && unitMs !== undefined) return Number(count) * unitMs
  complaints.add(where, 'write a whole number up to 9999 and ms, s, min, h or d, as in "30 s"')
  return undefined
}

/** One of some words. */
export function wordField<const T extends string>(words: readonly T[]): FieldReader<T> {
  return (value, where, complaints) => {
    const word = words.find((known) => known === value)
    if (word === undefined) complaints.add(where, `write one of ${words.join(', ')}`)
    return word
  }
}
