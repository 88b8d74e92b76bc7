import type { RotationKind } from '@rekey/secret/kind'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { UsageError } from './failure.ts'

/** A secret as the command line names it: its kind and its parties, or its name in the store alone. */
export type SecretWords = readonly [first?: string | undefined, second?: string | undefined]

/** A secret that can be rotated, and what the command line calls it. */
export interface NamedSecret {
  readonly kind: RotationKind
  /** `api-key frontend:signing` */
  readonly title: string
}

const STORE_NAME = /^[A-Z][A-Z0-9_]*$/

/** Whether a word is the name of a secret in a store, which is never the name of a kind. */
export function isStoreName(word: string | undefined): boolean {
  return word !== undefined && STORE_NAME.test(word)
}

/**
 * Checks that words name one secret.
 *
 * @param usage the command that takes them, for the error
 * @throws {UsageError}
 */
export function oneSecret([first, second]: SecretWords, usage: string): SecretWords {
  if (first !== undefined && (second !== undefined || isStoreName(first))) return [first, second]
  throw new UsageError(`which secret? rekey ${usage} (rekey status lists them)`)
}

/**
 * Finds the secret that the command line names.
 *
 * @throws {UsageError} that lists what there is
 */
export function findNamed({ kinds }: Pick<Rotator, 'kinds'>, words: SecretWords): NamedSecret {
  const asked = words.filter((word) => word !== undefined).join(' ')
  const known = kinds.get(asked)
  if (known !== undefined) return { kind: known, title: asked }
  for (const [title, kind] of kinds) if (kind.name === asked) return { kind, title }
  throw new UsageError(`there is no ${asked}; there are: ${[...kinds.keys()].join(', ')}`)
}
