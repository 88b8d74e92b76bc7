import { createRandom as createSource } from '@rekey/testbed'

/** A source of numbers that depends on its seed alone. */
export interface Random {
  /** A whole number, both ends included. */
  between(min: number, max: number): number
}

/** Creates a {@link Random}. */
export function createRandom(seed: number): Random {
  const next = createSource(seed)
  return { between: (min, max) => min + Math.floor(next() * (max - min + 1)) }
}
