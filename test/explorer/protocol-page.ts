import { issueApiKey } from '@rekey/api-key-auth'
import { liveVersions } from '@rekey/secret/internal'
import type { SecretStore, StagedSecret } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { STEPS } from '@rekey/secret/internal/kind'
import { GUARDED_FILES } from './cuts.ts'
import { AT_DATABASE, AT_DATABASE_EXHAUSTIVE } from './database-explored.ts'
import { EXHAUSTIVE, type Exploration, EXPLORED, placeOfJournal, scenarioOf } from './explored.ts'
import { DATABASE_GUARDS } from './database-guards.ts'
import { CALM, GUARDS } from './guards.ts'
import { INVARIANTS } from './invariants.ts'
import { runWorld } from './run-world.ts'
import { FAULTS, TIMES } from './scenario.ts'
import { KEY, World } from './world.ts'

/** Writes the page of the protocol in Markdown. Every table is made of what runs. */
export async function protocolPage(): Promise<string> {
  return [
    '# The protocol of a rotation',
    'How an API key, or a secret at a far side, passes from one version to the next while two rotators may work on it, replicas come, go and lie, and any call may be lost. ' +
      'The tables are made of the code by `test/explorer/protocol.test.ts`: `npx vitest run test/explorer/protocol.test.ts --update`.',
    '## States',
    'The state of a rotation is what the store holds, and nothing else decides how far it got. A write takes the revision that it expects, and changes nothing if the ' +
      'store holds another. `v1` and `v2` are two versions of one secret.',
    table(['write', 'before', 'after'], await writes()),
    'The journal holds what the store cannot show: the claim (an epoch that grows, a lease), the intent (`forward`, `rollback` or `emergency`, from which version, ' +
      'since when) and the receipts.',
    '## Steps and their messages',
    'The calls that a rotator makes in each step, from a run without faults with one sender (alpha) and two receivers (beta). Each step is recorded in the journal at its begin and its end.',
    table(['step', 'calls, in this order'], await steps()),
    '## Guards',
    'Each guard is taken away by a test, and the explorer then finds what is in the last column.',
    table(
      ['guard', 'holds', 'without it'],
      [...GUARDS, ...DATABASE_GUARDS].map(({ name, purpose, finds }) => [name, purpose, finds]),
    ),
    '`take-over` and `another try` are taken away by the exhaustive tests alone, for they take minutes. `admit` alone can be taken away without harm, which a test states too: `prove` asks the same receivers.',
    'So is each guard in the code, with no file changed: `npx vitest run test/explorer/cuts.test.ts`. The test in the last column then fails. What is in `db-pool-rotator` runs with `REKEY_EXHAUSTIVE=1`.',
    table(
      ['holds', 'in', 'missed by'],
      GUARDED_FILES.flatMap(({ file, guards }) =>
        guards.map(([holds, , , missedBy]) => [holds, `\`${file}\``, missedBy]),
      ),
    ),
    '## Invariants',
    'The explorer checks them after each event of a run. A caller has an accepted credential if every listed receiver accepts the key that it sends first. They do not cover a replica that lies about itself, nor one to which its store shows an older answer after a newer one: until its next read it holds what that answer holds. ' +
      'An emergency, `rotate` with `compromised`, begins with the first thing that it writes to the journal after its claim, for what the store held when it read it.',
    [...INVARIANTS.keys()].map((text) => `- ${text}`).join('\n'),
    '## That it ends',
    'Whether a rotation can go on for ever is no question of one run, so `test/explorer/liveness` answers it for a model of the journal: the claim on one secret, its lease, the four calls in which a store writes ' +
      'a record, replicas that are late, and emergencies. Its states are listed whole, for two rotators with a crash, a lost reply, a standstill and a replica that joins, each at any place, and for two rotators and ' +
      'an emergency with a crash. In no state is everything stuck, and there is no cycle in which every actor that can always move does so. The same model in Quint, ' +
      "`test/explorer/liveness/journal.qnt`, is what to read. Quint's simulator walks through it, 240 times for each journal: each move is one of the first model, and the real journals, in a store call by call and " +
      'in PostgreSQL statement by statement, show the same after it.',
    'A run can go on for ever without what is named here, which a test states for each: a lease that ends; an emergency that waits for another; the rule that what another rotator has staged is committed for it, since ' +
      "two that discard it could discard each other's in turns. Two conditions are those of the fleet: a rotator that writes without a pause keeps an emergency out of a store, and the emergency gives up after 100 conflicts; and an " +
      'ordinary rotation waits as long as replicas join before the last one has loaded the version.',
    '## What is explored',
    'Two rotators run the real `rotate` and `rollBack` of `@rekey/rekey` with the real kind for API keys, on the real memory store and journal, or with the real journal of a store, each call of which is an event, or with that of PostgreSQL, each statement of which is an event over a model of its row and of the lock on it. Three replicas are models: the versions that ' +
      'each has loaded, and its counts. Where they are `loaded`, each is a real service of `@rekey/config-loader`: its loader polls the store, its keyring judges keys behind the real `apiKeyAuth`, its sender sends with `withApiKey`, and the real fleet reads its health report; its requests, its clock and the store that it reads are those of the world. A far side is a model too, of each of its three shapes, with the real `createFarSideRotation`. A database is a model of roles, memberships, settings and sessions, which answers the statements of the real `databaseKind`: what a transaction does takes place when it is committed. It may have a standby, on which replicas read, and which replays one transaction after the other before time passes. Each call of a rotator and each read of a replica is one event, and every order of events is explored; time passes where nothing ' +
      'else can happen but what may be late. Then a last rotation without faults must end. An order is left out only where it makes no difference: a call that commutes with all that can happen before it ' +
      'comes first, as does what a rotator that has lost its claim does without effect, two receivers that differ by name alone may change places, and a state that was seen is not explored again.',
    table(
      ['fault', 'meaning'],
      Object.entries(FAULTS).map((row) => [...row]),
    ),
    'A loaded replica that is late gets no answer from its store at all, and `stale read` has it read what was there before the last write, where that is newer than what it holds. It does not lie.',
    'A run has at most as many faults of its row as its depth, each at any place. `npx vitest run test/explorer` explores the rows that are marked with `always` and the runs without a guard; with ' +
      '`REKEY_EXHAUSTIVE=1` all. A number that is no longer true fails the test. What is not in the table is not explored: no other pair of faults, and a standstill and a kept key ' +
      'at the end of a rotation alone, where the fence is taken away.',
    table(
      [
        'first rotator',
        'second rotator',
        'called',
        'replicas',
        'faults',
        'depth',
        'runs',
        'states',
        'when',
      ],
      [
        ...[...EXPLORED, ...AT_DATABASE].map((each) => [...rowOf(each), 'always']),
        ...[...EXHAUSTIVE, ...AT_DATABASE_EXHAUSTIVE].map((each) => [...rowOf(each), 'exhaustive']),
      ],
    ),
    'The waits of these rotations, in milliseconds of virtual time:',
    table(
      ['wait', 'ms'],
      Object.entries(TIMES).map(([name, ms]) => [`\`${name}\``, String(ms)]),
    ),
    '',
  ].join('\n\n')
}

function rowOf(exploration: Exploration): string[] {
  const { runs, states } = exploration
  const { orders, replicas, faults, depth, farSide, ...journal } = scenarioOf(exploration)
  const among = faults.length === 0 ? 'none' : faults.join(', ')
  const journalThere = journal.isJournalOnServer === true ? ' with the journal' : ''
  const onServer = journal.hasStandby === true ? `${journalThere} with a standby` : journalThere
  const place = placeOfJournal(journal)
  const elsewhere = place === undefined ? '' : `, journal in ${place}`
  const loaded = journal.areReplicasLoaded === true ? ' (loaded)' : ''
  const called = farSide === undefined ? `beta${elsewhere}` : `a far side: ${farSide}${onServer}`
  return [
    ...orders,
    called,
    `${replicas.length}${loaded}`,
    among,
    ...[depth, runs, states].map(String),
  ]
}

/** What each write makes of what the store holds. */
async function writes(): Promise<string[][]> {
  const newKey = () => issueApiKey({ environment: 'test' }).text
  const store = createMemoryStore({ [KEY]: newKey().expose() })
  const names = new Map<string, string>()
  const describe = (staged: StagedSecret) =>
    liveVersions(staged)
      .map(({ stage, version }) => {
        names.set(version, names.get(version) ?? `v${names.size + 1}`)
        return `${stage} ${names.get(version)}`
      })
      .join(', ')
  const key = newKey()
  const verbs = [
    ['stage', ({ revision }) => store.stage(KEY, key, revision)],
    ['abort', ({ revision }) => store.abort(KEY, revision)],
    ['stage', ({ revision }) => store.stage(KEY, key, revision)],
    ['promote', ({ revision }) => store.promote(KEY, revision)],
    ['rollback', ({ revision }) => store.rollback(KEY, revision)],
    ['promote', ({ revision }) => store.promote(KEY, revision)],
    ['revoke', ({ revision }) => store.revoke(KEY, revision)],
  ] as const satisfies [keyof SecretStore, (staged: StagedSecret) => Promise<StagedSecret>][]
  const rows = new Map<string, string[]>()
  let staged = await store.read(KEY)
  for (const [verb, write] of verbs) {
    const before = describe(staged)
    staged = await write(staged)
    rows.set(verb, [`\`${verb}\``, before, describe(staged)])
  }
  return [...rows.values()]
}

const BEGIN = /^rotator-0 records the begin of (.*)$/
const END = 'rotator-0 records the end of '

/** The calls of a run without faults, by step. */
async function steps(): Promise<string[][]> {
  const world = new World(CALM)
  await runWorld(world, () => 0)
  const calls = new Map<string, string[]>(STEPS.map((step) => [step, []]))
  let step: string | undefined
  for (const line of world.trace) {
    const event = line.replace(/^ *[\d.]+s /, '')
    const begun = BEGIN.exec(event)?.[1]
    if (begun !== undefined) step = begun
    else if (event.startsWith(END)) step = undefined
    else if (step !== undefined && event.startsWith('rotator-0 ')) {
      calls.set(step, [...(calls.get(step) ?? []), event.replace('rotator-0 ', '')])
    }
  }
  return Array.from(calls, ([name, made]) => {
    const isRenewal = (call: string) => call === 'renews its lease'
    const shown = [...new Set(made.filter((call) => !isRenewal(call)))].join('; ')
    return [`\`${name}\``, shown === '' ? 'none' : shown]
  })
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
