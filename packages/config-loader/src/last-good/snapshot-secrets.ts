import { liveVersions } from '@rekey/secret/internal'
import { jsonIn, Secret, SecretError, type SecretVersion, type StagedSecret } from '@rekey/secret'
import { z } from 'zod/v4'

/** One secret as it is kept. */
export interface SnapshotSecret {
  readonly raw: StagedSecret
  /** When its source last named it, in milliseconds since the epoch. */
  readonly confirmedAt: number
}

const ORIGIN = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('file'), path: z.string(), device: z.string(), inode: z.string() }),
  z.object({ kind: z.literal('environment') }),
  z.object({ kind: z.literal('memory') }),
  z.object({ kind: z.literal('store'), store: z.string() }),
])

const VERSION = z.object({
  stage: z.enum(['current', 'pending', 'previous']),
  version: z.string(),
  value: z.string(),
  createdAt: z.number().optional(),
  expiresAt: z.number().optional(),
  origin: ORIGIN.optional(),
})

const KEPT = z.array(
  z.object({
    name: z.string(),
    revision: z.string(),
    confirmedAt: z.number(),
    versions: z.array(VERSION),
  }),
)

type KeptVersion = z.output<typeof VERSION>

/** The secrets as one text, with their values: only to be sealed. */
export function writeKept(secrets: readonly SnapshotSecret[]): Secret {
  const kept: z.output<typeof KEPT> = secrets.map(({ raw, confirmedAt }) => ({
    name: raw.name,
    revision: raw.revision,
    confirmedAt,
    versions: liveVersions(raw).map(({ stage, version, value, createdAt, expiresAt, origin }) => ({
      stage,
      version,
      value: value.expose(),
      ...(createdAt && { createdAt: createdAt.getTime() }),
      ...(expiresAt && { expiresAt: expiresAt.getTime() }),
      ...(origin && { origin }),
    })),
  }))
  return Secret.of(JSON.stringify(kept), 'LAST_GOOD')
}

/** The reverse of {@link writeKept}, by name. @throws {SecretError} `malformed` */
export function parseKept(text: Secret): ReadonlyMap<string, SnapshotSecret> {
  const kept = KEPT.safeParse(jsonIn(text.expose()))
  if (!kept.success) throw malformed()
  return new Map(
    kept.data.map(({ name, revision, confirmedAt, versions }) => {
      const stages = versions.map((version) => [version.stage, secretVersion(name, version)])
      const { current, ...others } = Object.fromEntries(stages) as Partial<StagedSecret>
      if (current === undefined) throw malformed()
      return [name, { confirmedAt, raw: { ...others, name, revision, current } }]
    }),
  )
}

function secretVersion(name: string, kept: KeptVersion): SecretVersion {
  const { stage, version, createdAt, expiresAt, origin } = kept
  const value = Secret.of(kept.value, name)
  return {
    name,
    version,
    stage,
    value,
    sensitive: [value],
    ...(createdAt !== undefined && { createdAt: new Date(createdAt) }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
    ...(origin && { origin }),
  }
}

function malformed(): SecretError {
  return new SecretError('malformed', 'it is not a snapshot of this kind', { reason: 'malformed' })
}
