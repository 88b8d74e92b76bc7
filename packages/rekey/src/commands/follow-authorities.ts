import { X509Certificate } from 'node:crypto'
import type { InspectedGeneration } from '@rekey/ca-keystore/internal'
import type { AuthorityReading, KeystoreReading } from '../console/family-reading.ts'
import type { GenerationView } from '../console/family-view.ts'
import { type Clock, systemClock } from '@rekey/secret'

/** Keystores change by the hand of a person; each look verifies their biographies anew. */
const LOOK_EVERY_MS = 15_000

/** Creates a reader of the keystores of CAs, without a passphrase. A look is good for fifteen seconds. */
export function followAuthorities(
  directories: readonly string[],
  clock: Clock = systemClock,
): () => Promise<readonly AuthorityReading[]> {
  let last: readonly AuthorityReading[] = []
  let restsUntil = -Infinity
  return async () => {
    if (clock.elapsed() < restsUntil) return last
    last = await Promise.all(directories.map((directory) => readAuthority(directory, clock)))
    restsUntil = clock.elapsed() + LOOK_EVERY_MS
    return last
  }
}

async function readAuthority(directory: string, clock: Clock): Promise<AuthorityReading> {
  try {
    return { directory, ...(await readKeystore(directory, clock)) }
  } catch (error) {
    return { directory, error }
  }
}

async function readKeystore(directory: string, clock: Clock): Promise<KeystoreReading> {
  // A console of a family without a CA loads none of it.
  const { drillHealth, inspectGenerations, inspectKeystore } =
    await import('@rekey/ca-keystore/internal')
  const generations = await inspectGenerations(directory)
  const active = generations.find(({ state }) => state === 'active')?.directory ?? directory
  const { biography, problems } = await inspectKeystore({ directory: active, clock })
  const [problem] = problems
  if (problem !== undefined) throw problem
  const { state, ageSeconds } = await drillHealth({ directory: active, clock })
  return {
    generations: generations.map(viewGeneration),
    ...(biography?.lastBackup && { lastBackup: biography.lastBackup }),
    drill: {
      state,
      ...(ageSeconds !== undefined && { at: new Date(clock.now() - ageSeconds * 1_000) }),
    },
  }
}

function viewGeneration(one: InspectedGeneration): GenerationView {
  const { generation, state, since, certificate } = one
  const view = { generation, state, since: since.toISOString() }
  if (certificate === undefined) return view
  const { subject, validFrom, validTo } = new X509Certificate(certificate)
  return {
    ...view,
    certificate: {
      subject: subject.replaceAll('\n', ', '),
      notBefore: new Date(validFrom).toISOString(),
      notAfter: new Date(validTo).toISOString(),
    },
  }
}
