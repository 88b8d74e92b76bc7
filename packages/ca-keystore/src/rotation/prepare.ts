import { SecretError } from '@rekey/secret'
import type { CaKeystore } from '../ca-keystore.ts'
import { INTERMEDIATE_VALIDITY_MS } from '../new-authority.ts'
import { type Generation, type Generations, removeNext, stepOf } from './generations.ts'
import { installIn } from './install.ts'
import { type NextKey, requestNext } from './request.ts'

/** The next generation of a CA whose root is at hand. */
export interface NewGeneration extends NextKey {
  /** The root; that of the generations before, or another one. */
  readonly parent: CaKeystore
  /** Default three years. */
  readonly validityMs?: number
}

/** A name that the root has given to a key that was lost is not used again: so many are passed over. */
const MOST_PASSED_OVER = 8

/**
 * Prepares the next generation of a CA: its key and certificate, in a folder of the keystore. Nothing trusts or uses it yet. Its name is that of
 * the CA with the number of the generation, since two CAs of one name stop an OpenVPN server. Where the root is offline, it is
 * `requestGeneration` and `installGeneration` instead.
 *
 * @returns the generation; that of an earlier call if it is prepared already
 * @throws {SecretError} `refused` with the reason `in-progress` while another one is published; as `requestGeneration`, `issueIntermediate` and
 *   `installGeneration`
 *
 * @example
 * ```ts
 * await prepareGeneration({ directory, parent: root, passphrase })
 * ```
 */
export function prepareGeneration(options: NewGeneration): Promise<Generation> {
  return stepOf(options.directory, async (generations) => {
    const [prepared] = generations.in('prepared')
    return prepared ?? (await makeNext(generations, options))
  })
}

async function makeNext(before: Generations, options: NewGeneration): Promise<Generation> {
  const { parent, validityMs = INTERMEDIATE_VALIDITY_MS, clock } = options
  let [generations, wanted] = [before, options]
  for (let passed = 0; ; passed += 1) {
    const { all, request } = await requestNext(generations, wanted)
    const { generation, subject, csr } = request
    try {
      const { certificate } = await parent.issueIntermediate({ csr, subject, validityMs })
      const signed = { certificate: certificate + parent.chain, root: parent.chain }
      return await installIn(all, { ...signed, ...(clock && { clock }) })
    } catch (error) {
      const isName = error instanceof SecretError && error.details['reason'] === 'subject'
      if (!isName || passed === MOST_PASSED_OVER) throw error
      generations = await removeNext(all, generation)
      wanted = { ...options, generation: generation.generation + 1 }
    }
  }
}
