import { createHash } from 'node:crypto'
import { SecretError, type StagedSecret } from '@rekey/secret'
import { stagedSecret } from '../stored-stages.ts'
import { advance, type StoreChange } from '../transitions.ts'
import type { AwsApi, LabelMove } from './aws-api.ts'
import { journalLabel, LABELS, newVersionId } from './aws-labels.ts'
import type { AwsReader, AwsSnapshot } from './aws-reader.ts'

/** The parts that {@link applyAwsChange} writes with. */
export interface AwsWriter {
  readonly api: AwsApi
  readonly reader: AwsReader
}

/** One write, with what was found before it. */
interface Write {
  readonly api: AwsApi
  readonly secretId: string
  readonly found: AwsSnapshot
  /** The new value; only for `create` and `stage`. */
  readonly value: string
  /** The journal of the rotation that stages it. */
  readonly journal: string | undefined
}

/**
 * Makes a change. Each label is moved from the version that bore it when the secret was read; the service refuses if it is not
 * there any more. Where a change takes several moves, what is between two of them reads as what was before.
 */
export async function applyAwsChange(
  { api, reader }: AwsWriter,
  secretId: string,
  change: StoreChange,
): Promise<StagedSecret> {
  const isNew = change.verb === 'create'
  const found = await (isNew ? findOrNothing(reader, secretId) : reader.read(secretId))
  const next = advance(found.stages, change)
  const { value = '', journal } = change.next ?? {}
  await WRITES[change.verb]({ api, secretId, found, value, journal })
  return stagedSecret(change.name, next, 'create it first', { kind: 'store', store: 'aws' })
}

const NOTHING: AwsSnapshot = { holders: {}, stages: {}, values: new Map() }

async function findOrNothing(reader: AwsReader, secretId: string): Promise<AwsSnapshot> {
  try {
    return await reader.read(secretId)
  } catch (error) {
    const isAbsent = error instanceof SecretError && error.details['reason'] === 'absent'
    if (isAbsent) return NOTHING
    throw error
  }
}

const WRITES: Readonly<Record<StoreChange['verb'], (write: Write) => Promise<void>>> = {
  async create({ api, secretId, found, value }) {
    const exists = found !== NOTHING
    // Who else puts the first value of an existing secret uses the same id, so one of them is refused.
    const versionId = exists ? firstVersion(secretId) : newVersionId(undefined)
    if (exists) await api.put(secretId, { versionId, value, labels: [LABELS.current] })
    else await api.create(secretId, { versionId, value })
    await api.move(secretId, { label: LABELS.pending, from: found.holders.pending, to: versionId })
  },

  async stage({ api, secretId, found: { holders, values }, value, journal }) {
    const { pending } = holders
    if (pending !== undefined && !values.has(pending)) {
      const labels = [LABELS.pending, ...(journal === undefined ? [] : [journalLabel(journal)])]
      await api.put(secretId, { versionId: pending, value, labels })
      return
    }
    const versionId = newVersionId(journal)
    await api.put(secretId, { versionId, value, labels: [LABELS.staged] })
    await api.move(secretId, { label: LABELS.pending, from: pending, to: versionId })
  },

  async abort(write) {
    const { pending, previous } = write.found.holders
    if (write.found.stages.pending === undefined) return
    if (previous === pending) await move(write, { label: LABELS.previous, from: pending })
    await rest(write)
  },

  promote: (write) => switchTo(write, write.found.holders.pending),

  async rollback(write) {
    const { current, previous, back } = write.found.holders
    await rest(write)
    if (back !== current) await move(write, { label: LABELS.back, from: back, to: current })
    await switchTo(write, previous)
  },

  async revoke(write) {
    const { current, pending, previous, back } = write.found.holders
    if (write.found.stages.previous === undefined) return
    if (back === current) await move(write, { label: LABELS.back, from: back })
    if (pending === previous) await rest(write)
    await move(write, { label: LABELS.previous, from: previous })
  },
}

/** `AWSPENDING` goes to the current version, where it is while nothing waits. */
async function rest(write: Write): Promise<void> {
  const { current, pending } = write.found.holders
  if (pending === current) return
  await move(write, { label: LABELS.pending, from: pending, to: current })
}

/** The service moves `AWSPREVIOUS` to the version that was current, in the same step. */
function switchTo(write: Write, version: string | undefined): Promise<void> {
  return move(write, { label: LABELS.current, from: write.found.holders.current, to: version })
}

function move({ api, secretId }: Write, wanted: LabelMove): Promise<void> {
  return api.move(secretId, wanted)
}

function firstVersion(secretId: string): string {
  return createHash('sha256').update(`first value of ${secretId}`).digest('hex')
}
