/**
 * Why an RSA modulus is easy to factor, or undefined. Cheap tests first; together a few milliseconds for 4096 bits.
 */
export function findRsaWeakness(modulus: bigint): string | undefined {
  return TESTS.find(([, isWeak]) => isWeak(modulus))?.[0]
}

const TESTS: readonly (readonly [weakness: string, isWeak: (modulus: bigint) => boolean])[] = [
  ['it bears the fingerprint of ROCA (CVE-2017-15361)', hasRocaFingerprint],
  ['it has a small factor', hasSmallFactor],
  ['its factors are too close to each other', hasCloseFactors],
]

/** Finds a third prime too, where a generator made it that small; what is beyond takes factoring. */
const LARGEST_PRIME = 65_536

/** Fermat's method, as many rounds as the CA/Browser Forum asks for (BR 6.1.1.3). */
const FERMAT_ROUNDS = 100

/** The product of the primes below {@link LARGEST_PRIME}, made with the first key. */
let primorial: bigint | undefined

function hasSmallFactor(modulus: bigint): boolean {
  primorial ??= productOf(primesBelow(LARGEST_PRIME).map(BigInt))
  return greatestCommonDivisor(modulus, primorial % modulus) !== 1n
}

/** Multiplies numbers of like length: a running product of thousands takes seconds. */
export function productOf(factors: readonly bigint[]): bigint {
  if (factors.length <= 2) return (factors[0] ?? 1n) * (factors[1] ?? 1n)
  const half = factors.length >> 1
  return productOf(factors.slice(0, half)) * productOf(factors.slice(half))
}

/** Euclid's algorithm. */
export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

/**
 * Nemec et al., "The Return of Coppersmith's Attack" (2017), §3: modulo each small prime, such a modulus is a power of
 * 65537. A random one passes all 38 primes by chance once in 2^27 or more.
 */
const ROCA_PRIMES = primesBelow(168).filter((prime) => prime > 2)
const ROCA_RESIDUES = new Map(ROCA_PRIMES.map((prime) => [prime, powersOf65537(prime)]))

function hasRocaFingerprint(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime) =>
    ROCA_RESIDUES.get(prime)?.has(Number(modulus % BigInt(prime))),
  )
}

function powersOf65537(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * 65_537) % prime) powers.add(power)
  return powers
}

/** Starts at the square root rounded up, so that `p * p` is found in the first round. */
function hasCloseFactors(modulus: bigint): boolean {
  const root = squareRoot(modulus)
  let a = root * root === modulus ? root : root + 1n
  for (let round = 0; round < FERMAT_ROUNDS; round += 1, a += 1n) {
    if (isSquare(a * a - modulus)) return true
  }
  return false
}

/** Squares end in 0, 1, 4 or 9 in base 16; the rest is spared the root. */
function isSquare(value: bigint): boolean {
  if (![0n, 1n, 4n, 9n].includes(value & 15n)) return false
  const root = squareRoot(value)
  return root * root === value
}

/** Newton's method from above; the result is rounded down. */
function squareRoot(value: bigint): bigint {
  if (value < 2n) return value
  let root = 1n << BigInt(Math.ceil(value.toString(16).length * 2))
  for (;;) {
    const next = (root + value / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** The sieve of Eratosthenes. */
function primesBelow(limit: number): number[] {
  const isComposite = new Uint8Array(limit)
  const primes: number[] = []
  for (let number = 2; number < limit; number += 1) {
    if (isComposite[number] === 1) continue
    primes.push(number)
    for (let multiple = number * number; multiple < limit; multiple += number) {
      isComposite[multiple] = 1
    }
  }
  return primes
}
