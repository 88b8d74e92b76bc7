import { findGenerations } from '@rekey/ca-keystore'
import {
  type CaSigner,
  type CaSignerEvent,
  type CaSignerOptions,
  createCaSigner,
  type UnsealedCa,
} from '@rekey/ca-keystore/signer'

/** The generations of a CA, each in a signer process of its own. Disposing it ends them. */
export interface UnsealedGenerations extends UnsealedCa {
  /** Issues certificates. */
  readonly ca: CaSigner
  /** All that sign revocation lists, the one that issues first. */
  readonly keystores: readonly CaSigner[]
  /** Of the keystores, in the same order. */
  readonly directories: readonly [string, ...string[]]
}

/** Options of {@link unsealGenerations}. */
export interface GenerationsOptions extends Pick<CaSignerOptions, 'unlocker' | 'token' | 'limits'> {
  readonly log: { write(line: string): unknown }
}

/** Levels of pino. */
const LEVELS: Readonly<Record<CaSignerEvent['type'], number>> = { unsealed: 30, sealed: 50 }

/**
 * Unseals the generation of a CA that issues, and those that sign revocation lists alone. Each change is a line of JSON on `log`, which
 * begins before the service has a logger.
 *
 * @throws {SecretError} as `CaSigner.unseal`; then none is left open
 */
export async function unsealGenerations(
  path: string,
  { log, ...reach }: GenerationsOptions,
): Promise<UnsealedGenerations> {
  const { active, forLists } = await findGenerations(path)
  const onEvent = (event: CaSignerEvent) => {
    const line = { ...event, level: LEVELS[event.type], time: Date.now(), msg: 'CA' }
    log.write(`${JSON.stringify(line)}\n`)
  }
  const ca = createCaSigner({ ...reach, onEvent })
  const keystores = [ca]
  const close = async () => {
    for (const signer of keystores) await signer.close()
  }
  try {
    const { versions, used } = await ca.unseal(active)
    for (const directory of forLists) {
      const signer = createCaSigner({ ...reach, onEvent, listsOnly: true })
      keystores.push(signer)
      await signer.unseal(directory)
    }
    const directories = [active, ...forLists] as const
    return { ca, keystores, directories, versions, used, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Checks that each signer process answers. @throws {SecretError} `unreachable` */
export async function checkSigners(signers: readonly CaSigner[]): Promise<void> {
  await Promise.all(signers.map((signer) => signer.check()))
}
