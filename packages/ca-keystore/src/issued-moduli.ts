import { X509Certificate } from 'node:crypto'
import { listSegments, readSegment } from './record/read-segment.ts'
import { greatestCommonDivisor, productOf } from './rsa-weakness.ts'
import { readDer } from './der-reader.ts'

/** Moduli multiplied into one number: of the last ones, a product of its own is not due yet. */
const CHUNK = 64
/** 4,096 moduli of 2048 bits cost about 5 ms for each new key; older ones are left out. */
const MOST_CHUNKS = 64
/** Certificates read from the record at most, the newest first. */
const MOST_READ = 10_000

/**
 * The RSA moduli that a CA has certified, to find one that shares a prime with a new one: the greatest common divisor of both is that prime
 * (Heninger et al., "Mining Your Ps and Qs", 2012). Both keys are then broken.
 */
export interface IssuedModuli {
  /** Whether a modulus shares a prime with another one. The same modulus again is the same key. */
  sharesPrime(modulus: bigint): Promise<boolean>
  add(modulus: bigint): void
}

/**
 * Creates the moduli of a CA. The record of its keystore is read with the first question.
 *
 * @param own moduli of the CAs of its chain
 */
export function createIssuedModuli(directory: string, own: readonly bigint[]): IssuedModuli {
  const known = new Set<bigint>()
  const products: bigint[] = []
  let last: bigint[] = []
  let reading: Promise<void> | undefined
  const add = (modulus: bigint) => {
    if (known.has(modulus)) return
    known.add(modulus)
    last.push(modulus)
    if (last.length < CHUNK) return
    products.push(productOf(last))
    last = []
    if (products.length > MOST_CHUNKS) products.shift()
  }
  const read = async () => {
    for (const modulus of [...own, ...(await readModuli(directory))]) add(modulus)
  }
  const readOnce = async () => {
    try {
      await (reading ??= read())
    } catch (error) {
      reading = undefined
      throw error
    }
  }
  return {
    async sharesPrime(modulus) {
      await readOnce()
      if (known.has(modulus)) return false
      const rest = [...products, ...last].reduce(
        (product, one) => (product * (one % modulus)) % modulus,
        1n,
      )
      return greatestCommonDivisor(modulus, rest) !== 1n
    },
    add,
  }
}

/** The oldest first. */
async function readModuli(directory: string): Promise<bigint[]> {
  const certificates: string[] = []
  for (const path of (await listSegments(directory, 'issued')).toReversed()) {
    const { lines } = await readSegment(path)
    certificates.push(
      ...lines.flatMap((line) => ('signed' in line ? [line.certificate] : [])).toReversed(),
    )
    if (certificates.length >= MOST_READ) break
  }
  return certificates
    .slice(0, MOST_READ)
    .flatMap((pem) => modulusOf(new X509Certificate(pem).publicKey) ?? [])
    .toReversed()
}

/** The modulus of an RSA key. @returns `undefined` for a key of another kind */
export function modulusOf(
  key: Pick<X509Certificate['publicKey'], 'asymmetricKeyType' | 'export'>,
): bigint | undefined {
  if (key.asymmetricKeyType !== 'rsa') return undefined
  const pkcs1 = key.export({ format: 'der', type: 'pkcs1' })
  return readDer(pkcs1, 'the key').sequence(2, 2).at(0).integer()
}
