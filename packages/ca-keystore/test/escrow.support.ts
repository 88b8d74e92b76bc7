import { randomBytes, randomUUID } from 'node:crypto'
import { ALGORITHMS } from '../src/algorithms.ts'
import { createKeySigner } from '../src/signer.ts'
import { parseAuthority, signAuthority, signSet, spkiDigest } from '../src/escrow/escrow-set.ts'
import { splitSecret } from '../src/escrow/split-secret.ts'

type SetContent = Parameters<typeof signSet>[0]

/** An escrow by 2 of 3 of a key in this process, without a keystore. */
export async function bareEscrow() {
  const [secret, id] = [randomBytes(32), randomUUID()]
  const signer = createKeySigner(ALGORITHMS['ecdsa-p256'].generate().privateKey)
  const authority = await signAuthority(
    { signer, identity: { id, generation: 1 } as never },
    secret,
  )
  const stated = parseAuthority(authority)
  const wanted = { threshold: 2, holders: ['Alice', 'Bob', 'Carol'], created: new Date() }
  const { shares, signed } = await splitSecret(secret, wanted, stated)
  const content = JSON.parse(signed.split('\n')[0] ?? '') as SetContent
  const text = authority + signed
  const key = { id, generation: 1, spki: spkiDigest({ authority: stated }) }
  /** The text of the escrow with a set of its shares that says something else. */
  const withSet = async (changes: object) =>
    authority + (await signSet({ ...content, ...changes }, secret))
  return { secret, signer, authority, stated, content, shares, text, key, withSet }
}
