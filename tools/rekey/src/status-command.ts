import { acknowledgements, type JournalEntry } from '@rekey/rotation'
import { liveVersions, type StagedSecret } from '@rekey/secret'
import { findStack, openRotator, type Rotator } from '@rekey/stack'
import type { CliContext, CommonFlags } from './cli-context.ts'

/** Where one secret stands. No values. */
interface SecretStatus {
  readonly secret: string
  readonly name: string
  readonly versions: readonly { stage: string; version: string; createdAt?: Date }[]
  /** The last rotation; `holder` is there while somebody works on it. */
  readonly rotation?: JournalEntry
  /** How many replicas know the current version, of how many. */
  readonly acknowledged: readonly [number, number]
}

/** `rekey status`: one line for each secret that can be rotated. */
export async function showStatus(
  flags: CommonFlags,
  { process, signal }: CliContext,
): Promise<void> {
  const rotator = await openRotator(await findStack(flags.stack))
  try {
    const entries = new Map((await rotator.journal.entries()).map((e) => [e.secret, e]))
    for (const [secret, { name }] of rotator.kinds) {
      const status = await readStatus(
        rotator,
        { secret, name, rotation: entries.get(name) },
        signal,
      )
      process.stdout.write(`${flags.json ? JSON.stringify(status) : formatStatus(status)}\n`)
    }
  } finally {
    await rotator.close()
  }
}

async function readStatus(
  { store, fleet }: Rotator,
  { secret, name, rotation }: { secret: string; name: string; rotation: JournalEntry | undefined },
  signal: AbortSignal,
): Promise<SecretStatus> {
  const staged: StagedSecret = await store.read(name)
  const parties = secret.split(' ')[1]?.split(':') ?? []
  const answers = await Promise.all(
    parties.map((service) => acknowledgements({ fleet, service, secret: name }, signal)),
  )
  const said = answers.flat().map((answer) => answer.said?.versions ?? [])
  const knowing = said.filter((v) => v.some(({ version }) => version === staged.current.version))
  return {
    secret,
    name,
    versions: liveVersions(staged).map(({ stage, version, createdAt }) => ({
      stage,
      version,
      ...(createdAt && { createdAt }),
    })),
    acknowledged: [knowing.length, said.length],
    ...(rotation && { rotation }),
  }
}

function formatStatus({ secret, versions, acknowledged, rotation }: SecretStatus): string {
  const stages = versions.map(({ stage, version }) => `${stage} ${version}`).join('  ')
  const known = `known to ${acknowledged[0]}/${acknowledged[1]} replicas`
  return `${secret.padEnd(34)}${stages}  ${known}  ${describeRotation(rotation)}`
}

function describeRotation(rotation: JournalEntry | undefined): string {
  if (rotation === undefined) return 'never rotated'
  const { step = '-', phase = '-', holder, epoch } = rotation
  const at = rotation.at.toISOString()
  if (holder !== undefined) return `rotation ${epoch}: ${step} ${phase}, held by ${holder}`
  return `rotation ${epoch}: ${step} ${phase} at ${at}`
}
