import { type Secret, SecretError } from '@rekey/secret'
import { SecretFinder } from './find-secrets.ts'
import type { Owner } from './owner.ts'
import { WeakValues } from './foreign/weak-values.ts'
import { indexValue } from './value-forms.ts'
import { ValueIndex } from './value-index.ts'

const MIN_LENGTH = 8

/** Recognises secrets in texts. It masks nothing, and is no part of a guarded process. */
export interface SecretSearch {
  /** Makes a secret known, by its label. */
  add(secret: Secret): void
  /** The labels of the secrets that `text` shows, whole or in part, in any encoding that a redactor finds; each once, in order. */
  find(text: string): readonly string[]
}

/**
 * Creates a {@link SecretSearch}, for texts that are compared with secrets, such as the findings of a scanner. What it knows is freed
 * with it.
 *
 * @example
 * ```ts
 * const search = createSecretSearch()
 * search.add(key)
 * const labels = search.find(text)
 * ```
 */
export function createSecretSearch(): SecretSearch {
  const index = new ValueIndex<Owner>(({ name }) => {
    throw new SecretError('malformed', `the text of ${name} is not found by its own search`)
  })
  const weak = new WeakValues()
  const finder = new SecretFinder([index], [], weak, false)
  return {
    add(secret) {
      const text = secret.expose()
      const owner = { name: secret.label }
      if (indexValue(index, text, owner, MIN_LENGTH) === undefined) weak.add(text, owner)
    },
    find: (text) => [
      ...new Set(
        finder.find(text)?.flatMap(({ owner }) => (owner.kind === 'secret' ? owner.name : [])),
      ),
    ],
  }
}
