import { SecretError, type SecretSource } from '@rekey/secret'
import type { ComposedSource, Inspectable } from '@rekey/secret-stores'

/** A source that asks no other one. */
export type LeafSource = SecretSource & Inspectable

/** The sources that are really asked for `name`, in order. */
export function leavesOf(source: SecretSource, name: string): readonly LeafSource[] {
  if (!isComposed(source)) return [source]
  return askedFor(source, name).flatMap((next) => leavesOf(next, name))
}

function isComposed(source: SecretSource): source is ComposedSource {
  return 'sourcesOf' in source
}

/** A secret that comes from nowhere is the business of its `read`. */
function askedFor(source: ComposedSource, name: string): readonly SecretSource[] {
  try {
    return source.sourcesOf(name)
  } catch (error) {
    if (error instanceof SecretError && error.code === 'missing') return []
    throw error
  }
}
