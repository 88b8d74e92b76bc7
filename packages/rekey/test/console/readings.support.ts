import { randomBytes } from 'node:crypto'
import { Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import type { Stage } from '@rekey/secret/internal'
import type { Acknowledgement, Answer } from '@rekey/secret/internal/kind'
import type {
  AuthorityReading,
  FamilyReading,
  SecretReading,
  VerifiedAudit,
} from '../../src/console/family-reading.ts'

const DAY_MS = 86_400_000

/** Live versions of one secret, by stage: the name of each. Values are made anew, and must never be seen. */
export function staged(
  names: Partial<Record<Stage, string>> & { readonly current: string },
): StagedSecret {
  const versions = Object.entries(names).map(([stage, version]) => [stage, one(stage, version)])
  return { name: 'NAME', revision: '1', ...Object.fromEntries(versions) } as StagedSecret
}

function one(stage: string, version: string): SecretVersion {
  return {
    name: 'NAME',
    version,
    stage: stage as Stage,
    id: `key-${version}`,
    value: Secret.of(randomBytes(24).toString('base64url'), 'a value of the test'),
    sensitive: [],
    createdAt: new Date(Date.now() - (stage === 'current' ? 20 : 1) * DAY_MS),
  }
}

/** A replica that holds these versions and has used them so often. */
export function holding(
  service: string,
  n: number,
  uses: Readonly<Record<string, number>>,
  others: Partial<Acknowledgement> = {},
): Answer {
  const versions = Object.keys(uses)
  const ack = {
    ...{ replica: `${service}-${n}`, name: 'NAME', kind: 'api-key', end: 'receiver' },
    ...{ source: 'memory', state: 'fresh' as const, failuresInARow: 0 },
    counts: { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
    versions: versions.map((version) => ({ stage: 'current', version })),
    usage: {
      ...{ since: 1, holding: {}, failures: 0 },
      versions: Object.entries(uses).map(([version, count]) => {
        return { version, uses: count, failures: 0, wrongSecrets: 0, lastUsedAt: Date.now() }
      }),
    },
    ...others,
  }
  return { replica: replica(service, n), ack }
}

/** A replica that does not answer. */
export function silent(service: string, n: number): Answer {
  return { replica: replica(service, n), ack: undefined }
}

function replica(service: string, n: number) {
  const healthUrl = `http://10.0.0.${n}:9090`
  return { service, url: healthUrl, healthUrl }
}

/** An API key of which every replica has the current version. */
export function settled(overrides: Partial<SecretReading> = {}): SecretReading {
  const [from, to] = ['shop', 'till']
  return {
    title: `api-key ${from}:${to}`,
    kind: 'api-key',
    staged: staged({ current: 'v1' }),
    open: false,
    answers: [
      { service: from, answers: [holding(from, 1, { v1: 4 })] },
      { service: to, answers: [holding(to, 2, { v1: 4 }), holding(to, 3, { v1: 0 })] },
    ],
    ...overrides,
  }
}

/** The same in the middle of its rotation. */
export function rotating(overrides: Partial<SecretReading> = {}): SecretReading {
  const from = { version: 'v1' }
  const at = new Date()
  return settled({
    staged: staged({ current: 'v1', pending: 'v2' }),
    open: true,
    entry: {
      ...{ secret: 'NAME', epoch: 1, holder: 'rotator-1', step: 'admit', phase: 'begin', at },
      intent: { mode: 'forward', from },
    },
    intent: { mode: 'forward', from },
    ...overrides,
  })
}

/** The same, which waits for an order since it was promoted. */
export function held(): SecretReading {
  const hold = { at: 'after-promote', version: 'v2', since: new Date() } as const
  const entry = { secret: 'NAME', epoch: 1, step: 'promote', phase: 'end', at: new Date() } as const
  return rotating({ staged: staged({ current: 'v2', previous: 'v1' }), entry, held: hold })
}

/** The same, waiting for a replica that does not answer, with no rotator at work. */
export function stuck(): SecretReading {
  const { entry, ...reading } = rotating()
  const { holder, ...rest } = entry ?? { secret: 'NAME', epoch: 1, at: new Date(), holder: '' }
  const answers = [
    { service: 'shop', answers: [holding('shop', 1, { v1: 4 })] },
    { service: 'till', answers: [holding('till', 2, { v1: 4, v2: 0 }), silent('till', 3)] },
  ]
  return { ...reading, answers, ...(holder !== undefined && { entry: rest }) }
}

/** An audit log of two entries that was verified. */
export function audited(others: Partial<VerifiedAudit> = {}): VerifiedAudit {
  const entry = { actor: 'rotator-1', subject: 'NAME', at: new Date().toISOString() }
  return {
    ...{ verifiedAt: new Date(), entries: 2 },
    newest: [
      { ...entry, seq: 2, action: 'rotation.revoke', version: 'v1', outcome: 'refused' },
      { ...entry, seq: 1, action: 'read', person: 'unix:1000:alice', outcome: 'succeeded' },
    ],
    ...others,
  }
}

/** A CA whose second key issues, with a drill of so many days ago. */
export function authority(drilledDaysAgo: number): AuthorityReading {
  // Half a day more, so that no test depends on the hour.
  const day = (n: number) => new Date(Date.now() + (n + Math.sign(n) / 2) * DAY_MS)
  const certificate = (from: number, to: number) => {
    const [notBefore, notAfter] = [day(from).toISOString(), day(to).toISOString()]
    return { subject: 'CN=Example Issuing CA', notBefore, notAfter }
  }
  const since = day(-20).toISOString()
  return {
    directory: '/var/lib/vpn-ca',
    generations: [
      { generation: 1, state: 'crl-only', since, certificate: certificate(-340, 25) },
      { generation: 2, state: 'active', since, certificate: certificate(-20, 345) },
      { generation: 3, state: 'requested', since },
    ],
    lastBackup: day(-3),
    drill: { state: drilledDaysAgo > 30 ? 'stale' : 'fresh', at: day(-drilledDaysAgo) },
  }
}

/** A login with sessions of both versions, during its rotation. */
export function withSessions(): SecretReading {
  const sessions = [
    { version: 'v2', clients: [{ client: 'shop', sessions: 3 }] },
    { version: 'v1', clients: [{ client: 'nightly', sessions: 1 }] },
  ]
  const versions = staged({ current: 'v2', previous: 'v1' })
  return settled({ title: 'database shop', kind: 'database', staged: versions, sessions })
}

/** An API key that a replica was about to print. */
export function leaked(): SecretReading {
  const where = { replica: 'till-1', channel: 'log', callSite: 'src/pay.ts:12' }
  return settled({ leaks: [{ ...where, version: 'v1', encoding: 'base64', count: 3 }] })
}

/** A family of these secrets. */
export function family(
  secrets: readonly SecretReading[],
  others: Partial<FamilyReading> = {},
): FamilyReading {
  return { environment: 'development', secrets, unreadable: [], ...others }
}
