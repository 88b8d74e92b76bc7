import { randomUUID } from 'node:crypto'
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { formatAfter, requireFormat } from '@rekey/secret/internal'
import type { StoredStages, StoredVersion } from '../stored-stages.ts'

/**
 * The staging labels. The first three are the service's own (Secrets Manager User Guide, "Secret version"). A new version
 * must bear some label, which is `REKEY_STAGED` until `AWSPENDING` has moved there; `REKEY_BACK` is on the version from
 * which `AWSCURRENT` is about to be removed by a rollback.
 */
export const LABELS = {
  pending: 'AWSPENDING',
  current: 'AWSCURRENT',
  previous: 'AWSPREVIOUS',
  staged: 'REKEY_STAGED',
  back: 'REKEY_BACK',
} as const

const JOURNAL_LABEL = 'REKEY_JOURNAL_'
const NAMING_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-(.+)$/

/** A new id of a version. It ends with the name of the journal, so that both are written in one step and stay together. */
export function newVersionId(journal: string | undefined): string {
  return journal === undefined ? randomUUID() : `${randomUUID()}-${journal}`
}

/** The label of a version whose id the service made, which therefore ends with no journal. */
export function journalLabel(journal: string): string {
  return JOURNAL_LABEL + journal
}

/** The journals by version: each that the id of a version names, or a label of it. */
export function journalsIn({
  VersionIdsToStages = {},
}: Pick<DescribeSecretResponse, 'VersionIdsToStages'>): ReadonlyMap<string, string> {
  const named = Object.entries(VersionIdsToStages).flatMap(([version, labels]) => {
    const label = labels.find((each) => each.startsWith(JOURNAL_LABEL))
    const journal = NAMING_ID.exec(version)?.[1] ?? label?.slice(JOURNAL_LABEL.length)
    return journal === undefined ? [] : [[version, journal] as const]
  })
  return new Map(named)
}

const FORMAT_LABEL = 'REKEY_FORMAT_'

/** Refuses a secret one of whose versions has the label of a newer format. @throws {SecretError} `refused` */
export function checkFormat(
  { VersionIdsToStages = {} }: Pick<DescribeSecretResponse, 'VersionIdsToStages'>,
  secretId: string,
): void {
  for (const label of Object.values(VersionIdsToStages).flat()) {
    requireFormat('aws-secret', formatAfter(FORMAT_LABEL, label), secretId)
  }
}

/** The ids of the versions that bear the labels. */
export type LabelHolders = Readonly<Partial<Record<keyof typeof LABELS, string>>>

/** The labels of each version, as one `DescribeSecret` returns them. */
export function labelHolders({
  VersionIdsToStages = {},
}: Pick<DescribeSecretResponse, 'VersionIdsToStages'>): LabelHolders {
  const versions = Object.entries(VersionIdsToStages)
  const holders = Object.entries(LABELS).map(([key, label]) => {
    return [key, versions.find(([, labels]) => labels.includes(label))?.[0]] as const
  })
  return Object.fromEntries(holders.filter(([, version]) => version !== undefined))
}

/**
 * Whether the version that bears `AWSPENDING` waits to be promoted. At rest the label stays on the current version. On the
 * previous one it is left behind when the secret is changed by hand, unless that one was rolled back by us.
 */
function isWaiting({ pending, current, previous, back }: LabelHolders): boolean {
  if (pending === undefined || pending === current) return false
  return pending !== previous || pending === back
}

/**
 * The three stages. A version without a value is in none, as the empty one with which the service begins a rotation. Nor is
 * one with the same value as `current`: to revoke or abort it would end what is in use.
 */
export function stagesOf(
  holders: LabelHolders,
  values: ReadonlyMap<string, StoredVersion>,
): StoredStages {
  const valueOf = (version: string | undefined) =>
    version === undefined ? undefined : values.get(version)
  const current = valueOf(holders.current)
  if (current === undefined) return {}
  const waits = isWaiting(holders)
  const pending = waits ? valueOf(holders.pending) : undefined
  const previous = waits && holders.previous === holders.pending ? undefined : holders.previous
  const isOther = (version: StoredVersion | undefined, ...those: (StoredVersion | undefined)[]) =>
    version !== undefined && those.every((that) => that?.value !== version.value)
  const before = valueOf(previous)
  return {
    current,
    ...(pending && isOther(pending, current) && { pending }),
    ...(before && isOther(before, current, pending) && { previous: before }),
  }
}
