import { SecretError, type Stage } from '@rekey/secret'

const SUFFIXES: Readonly<Record<Stage, string>> = {
  current: '',
  pending: '__PENDING',
  previous: '__PREVIOUS',
}

const NAME = /^[A-Za-z][A-Za-z0-9_]*$/
const RESERVED = /(?:__PENDING|__PREVIOUS|_FILE)$/

/**
 * Refuses what cannot name a secret in a text store.
 *
 * @throws {SecretError} `malformed` for a name that is no variable name, or that reads as a stage or a file of another
 */
export function checkSecretName(name: string): void {
  if (NAME.test(name) && !RESERVED.test(name)) return
  throw new SecretError(
    'malformed',
    'a secret name is letters, digits and underscores, and does not end in __PENDING, __PREVIOUS or _FILE: rename it',
  )
}

/**
 * The variable that holds one stage of a secret where stages are distinguished by name: `NAME`, `NAME__PENDING`,
 * `NAME__PREVIOUS`.
 */
export function stageKey(name: string, stage: Stage): string {
  return name + SUFFIXES[stage]
}

/** The secret that a variable belongs to, whatever its stage: the reverse of {@link stageKey}. */
export function secretOfKey(key: string): string {
  return key.replace(/(?:__PENDING|__PREVIOUS)$/, '')
}
