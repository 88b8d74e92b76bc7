/** A source of numbers that depends on its seed alone. */
export interface Random {
  /** A whole number, both ends included. */
  between(min: number, max: number): number
}

/** Creates a {@link Random} by mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for delays. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return { between: (min, max) => min + Math.floor(next() * (max - min + 1)) }
}
