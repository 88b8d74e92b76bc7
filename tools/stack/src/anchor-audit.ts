import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCompiled } from '@rekey/testbed'
import { createCheckpointSigner } from '@rekey/audit-log/transparency'
import type { Stack } from './open-stack.ts'
import { REKEY } from './start-console.ts'

/** The audit log of a family, once a checkpoint of it is in the log of certtransparency. */
export interface AuditAnchor {
  /** Sound entries, from the first. */
  readonly entries: number
  /** How many of them are confirmed by the checkpoint. */
  readonly confirmed: number
  /** In words, the fault of the log or of the anchor; absent: there is none. */
  readonly problem?: string
}

/** A line of `rekey audit anchor` or `rekey audit verify`. */
interface AuditLine {
  readonly type: string
  readonly entries?: number
  readonly confirmed?: number
  readonly anchored?: number
  readonly message?: string
  readonly reason?: string
  readonly entry?: number
}

/** Longer than the start of a process takes on a machine that is busy. */
const LIMIT_MS = 120_000

/** Anchors a checkpoint of the audit log in certtransparency with the identity of signing, and verifies the log by it, as an operator does: by `rekey audit`. */
export async function anchorAudit(
  stack: Pick<Stack, 'directory' | 'family' | 'storage'>,
): Promise<AuditAnchor> {
  const place = await placeOf(stack)
  const anchored = await runAudit('anchor', place)
  if (anchored.type !== 'anchor') return unsound(anchored)
  const sound = await runAudit('verify', place)
  const { type, entries = 0, confirmed = 0, anchored: checkpoints = 0 } = sound
  if (type !== 'sound') return unsound(sound)
  if (checkpoints > 0 && confirmed > 0) return { entries, confirmed }
  return { entries, confirmed, problem: 'its checkpoint is not in the log of certtransparency' }
}

interface AuditRun {
  readonly flags: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

async function placeOf({
  directory,
  family,
  storage,
}: Pick<Stack, 'directory' | 'family' | 'storage'>): Promise<AuditRun> {
  const read = async (name: string) => (await storage.admin.read(name)).current.value
  const replica = family.fleet.find(({ service }) => service === 'certtransparency')
  const { verifierKey } = createCheckpointSigner(await read('LOG_KEY_CERTTRANSPARENCY'))
  const url = replica !== undefined && 'url' in replica ? replica.url : ''
  const trust = join(directory, 'ca-certificates.pem')
  return {
    flags: [
      '--stack',
      directory,
      '--url',
      url,
      '--trust',
      trust,
      '--server-name',
      'certtransparency',
      '--log-key',
      verifierKey,
    ],
    env: {
      PATH: process.env['PATH'],
      TMPDIR: tmpdir(),
      TLS_SIGNING: (await read('TLS_SIGNING')).expose(),
      API_KEY_SIGNING_CERTTRANSPARENCY: (await read('API_KEY_SIGNING_CERTTRANSPARENCY')).expose(),
    },
  }
}

/** Returns the last line that the command printed, whatever its exit code. */
function runAudit(command: string, { flags, env }: AuditRun): Promise<AuditLine> {
  const args = [...runCompiled(REKEY), 'audit', command, ...flags, '--json']
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: LIMIT_MS }, (error, stdout, stderr) => {
      const line = lastLine(stdout)
      if (line !== '') resolve(JSON.parse(line) as AuditLine)
      else {
        const how = error?.signal ?? error?.code ?? 0
        const message = `rekey audit ${command} printed nothing and ended by ${how}: ${lastLine(stderr)}`
        resolve({ type: 'failure', message })
      }
    })
  })
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? ''
}

function unsound({ entries = 0, message, reason, entry }: AuditLine): AuditAnchor {
  return { entries, confirmed: 0, problem: message ?? `${reason} at entry ${entry}` }
}
