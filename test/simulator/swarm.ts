import { liveVersions } from '@rekey/secret/internal'
import { type Title, TITLES } from './family-kinds.ts'
import type { FamilyWorld } from './family-world.ts'
import { createRandom } from './random.ts'
import { type FamilyScenario, simulateFamily } from './simulate-family.ts'
import type { Write } from './store-model.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
const LENGTH_MS = 8 * MINUTE_MS
/** Within the five minutes in which an adapter takes a signed request. */
const SKEW_MS = 4 * MINUTE_MS
/** Divided by the number of secrets there are, see `FamilyWorld.secretAt`. */
const MOST_SECRETS = 60
const STAYING = ['alpha-0', 'beta-0'] as const
/** What an outage can be of in every family. */
const ALWAYS_BREAKABLE = [
  ...(['store', 'journal', 'audit-log', 'database'] as const),
  ...(['third-party', 'idp-of-alpha', 'idp-of-beta'] as const),
  ...STAYING,
] as const
const SERVERS = ['redis', 'mariadb', 'mongodb', 'rabbitmq', 'kafka', 'aws', 'tokens'] as const
/** What an outage can be of. */
export const BREAKABLE = [...ALWAYS_BREAKABLE, ...SERVERS]
/** Accepts the new secret alone before replicas can know that it is current. */
const CUT_OVER: Title = 'client secret, provider holds 1'
const LONGEST_LAG_MS = 20_000
const LONGEST_POLL_MS = 30_000
const REST_MS = LONGEST_POLL_MS + LONGEST_LAG_MS + MINUTE_MS

/**
 * A family of half of the kinds of secrets, and what goes wrong with its network, clocks, stores, servers and processes: all of it follows
 * from `seed`. So one family fails in more ways at once than all kinds together would, and in less time.
 *
 * @see https://agroce.github.io/issta12.pdf (swarm testing: each test leaves features out)
 */
export function swarmScenario(seed: number): FamilyScenario {
  const random = createRandom(seed)
  const between = (min: number, max: number) => random.between(min, max)
  const oneOf = <T>(all: readonly [T, ...T[]]): T => all[between(0, all.length - 1)] ?? all[0]
  const upTo = <T>(most: number, make: () => T) => Array.from({ length: between(0, most) }, make)
  const atMs = () => between(0, LENGTH_MS)
  const forMs = () => between(1_000, 2 * MINUTE_MS)
  const scenario = {
    ...{ seed, lengthMs: LENGTH_MS, rotateEveryMs: 4 * MINUTE_MS, callEveryMs: 15_000 },
    ...{ atATime: between(2, 8), attempts: oneOf([1, 12]), restMs: REST_MS },
    pollMs: oneOf([1_000, 5_000, LONGEST_POLL_MS]),
    maxLagMs: oneOf([0, 1_000, LONGEST_LAG_MS]),
    skewsMs: upTo(7, () => oneOf([0, -SKEW_MS, SKEW_MS])),
    outages: upTo(4, () => ({ of: oneOf(ALWAYS_BREAKABLE), atMs: atMs(), forMs: forMs() })),
    restarts: upTo(3, () => ({ replica: oneOf(STAYING), atMs: atMs(), downMs: forMs() })),
    stumbles: upTo(5, () => ({
      of: between(0, MOST_SECRETS - 1),
      atMs: atMs(),
      call: between(1, 40),
      how: oneOf(['dies before', 'dies after', 'stands still'] as const),
      forMs: forMs(),
    })),
    jumps: upTo(4, () => ({
      ...{ of: between(0, MOST_SECRETS - 1), atMs: atMs(), forMs: forMs() },
      byMs: oneOf([-DAY_MS, DAY_MS]),
    })),
    orders: upTo(2, () => ({
      of: between(0, MOST_SECRETS - 1),
      atMs: atMs(),
      order: oneOf(['rotate', 'roll-back', 'emergency'] as const),
      attempts: oneOf([1, 12]),
    })),
  }
  const kinds = TITLES.filter(() => oneOf([true, false]))
  const ofServers = upTo(3, () => ({ of: oneOf(SERVERS), atMs: atMs(), forMs: forMs() }))
  const outages = [...scenario.outages, ...ofServers]
  return { ...scenario, outages, kinds: kinds.length > 0 ? kinds : TITLES }
}

/**
 * Runs a scenario, and tells what must not have happened, with its trace; undefined if all is well. At no time a far side refuses a
 * caller, whatever fails, unless its secret was rolled back or replaced at once; when everything works, each secret is rotated, has one
 * version left, every replica knows that one alone, and the audit log has an entry about each change.
 */
export async function findFault(scenario: FamilyScenario): Promise<string | undefined> {
  const world = await simulateFamily(scenario)
  const { trace } = world.parts
  const faults = [
    ...trace.violations,
    ...refusals(world, scenario),
    ...leftOver(world),
    ...unaudited(world),
  ]
  return faults.length === 0 ? undefined : [...faults, ...trace.lines].join('\n')
}

function refusals(world: FamilyWorld, { orders = [] }: FamilyScenario): string[] {
  const cut = orders.filter(({ order }) => order !== 'rotate').map(({ of }) => world.secretAt(of))
  return world.secrets.flatMap((secret) => {
    const { title, calls } = secret.kind
    if (cut.includes(secret) || title === CUT_OVER || calls.refusedAtFirst === 0) return []
    return [`${title}: ${calls.refusedAtFirst} calls refused`]
  })
}

function leftOver({ secrets, fleet }: FamilyWorld): string[] {
  return secrets.flatMap(({ kind: { title, secret }, store }) => {
    const { latest } = store
    const late = fleet.replicas.filter(({ program }) => {
      if (program === undefined) return true
      const held = program.service.health().secrets.find(({ name }) => name === secret)
      const versions = held?.versions.map(({ version }) => version).join()
      return versions !== undefined && versions !== latest.current.version
    })
    return [
      ...(liveVersions(latest).length > 1 ? [`${title}: more than one version is left`] : []),
      ...late.map(({ machine: { name } }) => `${title}: ${name} does not hold one version alone`),
    ]
  })
}

/** The step of each change of a store. */
const STEPS = new Map<Write, string>([
  ...(['stage', 'promote', 'revoke', 'abort'] as const).map((verb) => [verb, verb] as const),
  ['rollback', 'roll-back'],
])

/** Changes of a store after which the audit log has no entry about their step. */
function unaudited({ secrets, audit }: FamilyWorld): string[] {
  return secrets.flatMap(({ kind: { title, secret }, store: { writes } }) =>
    [...STEPS].flatMap(([verb, step]) => {
      const made = writes.filter((write) => write.verb === verb)
      const entries = audit.timesOf(secret, step)
      const isShort = made.some(
        ({ atMs }, n) => entries.filter((at) => at >= atMs).length < made.length - n,
      )
      return isShort ? [`${title}: a change is not in the audit log, ${step}`] : []
    }),
  )
}
