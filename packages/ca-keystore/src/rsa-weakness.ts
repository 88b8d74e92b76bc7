/**
 * Why an RSA modulus is easy to factor, or undefined. Cheap tests first; together a few milliseconds for 4096 bits.
 */
export function findRsaWeakness(modulus: bigint): string | undefined {
  return TESTS.find(([, isWeak]) => isWeak(modulus))?.[0]
}

const TESTS: readonly (readonly [weakness: string, isWeak: (modulus: bigint) => boolean])[] = [
  ['it has a small factor', hasSmallFactor],
  ['it bears the fingerprint of ROCA (CVE-2017-15361)', hasRocaFingerprint],
  ['its factors are too close to each other', hasCloseFactors],
]

/** As Boulder does: the primes below 752. */
const SMALL_PRIMES = primesBelow(752)

/** Fermat's method, as many rounds as the CA/Browser Forum asks for (BR 6.1.1.3). */
const FERMAT_ROUNDS = 100

function hasSmallFactor(modulus: bigint): boolean {
  return SMALL_PRIMES.some((prime) => modulus % BigInt(prime) === 0n)
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

function primesBelow(limit: number): number[] {
  const numbers = Array.from({ length: limit }, (_, index) => index)
  return numbers.filter(
    (number) => number > 1 && !numbers.some((d) => d > 1 && d * d <= number && number % d === 0),
  )
}
