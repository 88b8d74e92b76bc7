import type { Secret } from './secret.ts'

/** A secret of this or of another copy of this package. */
export type BornSecret = Pick<Secret<unknown>, 'label' | 'expose'>

/** Called for a new secret, within {@link Secret.of}: it must be fast, and must not throw. */
export type BirthListener = (secret: BornSecret) => void

/** Shared by all copies of this package in a process. */
const LISTENERS = Symbol.for('@rekey/secret/births')

interface Globals {
  [LISTENERS]?: Set<BirthListener> | undefined
}

/** Announces a new secret to the redactors of this process. */
export function announceBirth(secret: BornSecret): void {
  const listeners = (globalThis as Globals)[LISTENERS]
  if (listeners === undefined) return
  for (const listener of listeners) listener(secret)
}

/**
 * Calls `listener` for each secret that is made in this process from now on, by any copy of this package. Returns the way to end that.
 *
 * @example
 * ```ts
 * const stop = onSecretBirth((secret) => labels.add(secret.label))
 * ```
 */
export function onSecretBirth(listener: BirthListener): () => void {
  const listeners = ((globalThis as Globals)[LISTENERS] ??= new Set())
  listeners.add(listener)
  return () => void listeners.delete(listener)
}
