// @lane servers
import { X509Certificate } from 'node:crypto'
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Secret, SecretError, systemClock } from '@rekey/secret'
import { recordKills } from '@rekey/testbed/file-steps'
import { beforeAll, expect, it } from 'vitest'
import { type CaKeystore, issuerOf } from '../ca-keystore.ts'
import { days, newIntermediate } from '../../test/ca.support.ts'
import {
  activateGeneration,
  findGenerations,
  openRevocationLists,
  prepareGeneration,
  publishGeneration,
} from '../index.ts'
import {
  destroyGeneration,
  retireGeneration,
  rollBackRotation,
  inspectGenerations,
  readGenerations,
} from '../internal.ts'
import { publishListsIn } from '../crl/revocation-lists.ts'
import {
  checkEach,
  copyOf,
  leftoversIn,
  lifeOf,
  movedTo,
  newPlace,
} from '../../test/kills.support.ts'

let passphrase: Secret
let root: CaKeystore
/** Of each step, a CA as it is before. */
const before = new Map<string, string>()

type Step = 'prepare' | 'publish' | 'activate' | 'retire' | 'destroy' | 'roll back'

function doStep(step: Step, at: string): Promise<unknown> {
  const [directory, lists, bundle] = [join(at, 'ca'), join(at, 'lists'), join(at, 'bundle.pem')]
  const held = { value: passphrase, origin: { kind: 'memory' } } as const
  const place = { directory, lists, bundle }
  const sure = { minPublishedMs: 0, drilledAt: new Date() }
  const parent = movedTo(join(at, 'root'), root)
  const steps: Record<Step, () => Promise<unknown>> = {
    prepare: () => prepareGeneration({ directory, parent, passphrase }),
    publish: () => publishGeneration({ ...place, passphrase: held }),
    activate: () => activateGeneration({ ...place, ...sure, passphrase: held }),
    // It has issued none.
    retire: () => retireGeneration({ ...place, issued: '' }),
    destroy: () => destroyGeneration({ directory }),
    'roll back': () => rollBackRotation({ directory, lists }),
  }
  return steps[step]()
}

beforeAll(async () => {
  const made = await newIntermediate()
  passphrase = made.passphrase
  root = made.root
  let place = await newPlace()
  await cp(made.directory, join(place, 'ca'), { recursive: true })
  await cp(issuerOf(root).directory, join(place, 'root'), { recursive: true })
  await mkdir(join(place, 'lists'), { mode: 0o700 })
  for (const keystore of [
    movedTo(join(place, 'root'), root),
    movedTo(join(place, 'ca'), made.ca),
  ]) {
    const options = { keystores: [keystore], directory: join(place, 'lists') }
    await (await openRevocationLists({ ...options, validityMs: days(366) })).close()
  }
  for (const step of ['prepare', 'publish', 'activate', 'retire', 'destroy'] as const) {
    if (step === 'retire') await revokeAtRoot(place, made.ca)
    before.set(step, place)
    place = await copyOf(place)
    await doStep(step, place)
  }
}, 120_000)

async function revokeAtRoot(place: string, { certificate }: CaKeystore): Promise<void> {
  const keystores = [movedTo(join(place, 'root'), root)]
  await using lists = await openRevocationLists({ keystores, directory: join(place, 'lists') })
  const { serialNumber } = new X509Certificate(certificate)
  await lists.revoke([{ serial: serialNumber.toLowerCase() }])
}

interface Killed {
  readonly step: Step
  /** The step before which the CA is. */
  readonly from: Step
  readonly least: number
  /** States of the generations at last. */
  readonly end: readonly string[]
  /** Of the biography of which generation, and what is in it. */
  readonly recorded: readonly (readonly [generation: string, action: string])[]
}

const KILLED: readonly Killed[] = [
  {
    ...{ step: 'prepare', from: 'prepare', least: 40, end: ['active,prepared'] },
    recorded: [
      ['', 'rotate-request'],
      ['', 'rotate-install'],
    ],
  },
  {
    ...{ step: 'publish', from: 'publish', least: 50, end: ['active,published'] },
    recorded: [['', 'rotate-publish']],
  },
  {
    ...{ step: 'activate', from: 'activate', least: 20, end: ['crl-only,active'] },
    recorded: [
      ['', 'rotate-replaced'],
      ['generation-2', 'rotate-activate'],
    ],
  },
  {
    ...{ step: 'retire', from: 'retire', least: 20, end: ['retired,active'] },
    recorded: [['generation-2', 'rotate-retire']],
  },
  {
    ...{ step: 'destroy', from: 'destroy', least: 15, end: ['destroyed,active'] },
    recorded: [['generation-2', 'rotate-destroy']],
  },
  {
    ...{ step: 'roll back', from: 'retire', least: 15, end: ['active,published'] },
    recorded: [['', 'rotate-rolled-back']],
  },
  {
    // Each command rolls one step back, so one that was killed after its work goes one further.
    ...{ step: 'roll back', from: 'activate', least: 15, end: ['active,prepared', 'active'] },
    recorded: [],
  },
  {
    ...{ step: 'roll back', from: 'publish', least: 15, end: ['active'] },
    recorded: [['', 'rotate-abort']],
  },
]

/** Refusals of a step that was done before it was killed. */
const DONE = ['nothing', 'issued', 'not-retired']

async function again(step: Step, at: string): Promise<void> {
  await doStep(step, at).catch((error: unknown) => {
    if (error instanceof SecretError && DONE.includes(String(error.details['reason']))) return
    throw error
  })
}

it.each(KILLED)(
  'K14, K38: a rotation that is killed at any step of its command to $step, in the state before $from, leaves a CA that a service can start with, lists that can be published, and the same command goes on',
  async ({ step, from, least, end, recorded }) => {
    const place = await copyOf(before.get(from) ?? '')
    // As a change of the passphrase leaves it that was killed.
    await writeFile(join(place, 'ca/ca.key.0123456789ab.tmp'), 'draft', { mode: 0o600 })
    const states = await recordKills(place, () => doStep(step, place))
    await checkEach(states, least, async (left) => {
      const directory = join(left, 'ca')
      const { active } = await findGenerations(directory)
      expect(await readdir(active)).toContain('ca.key')
      // By the running service, which knows of no other CA.
      await publishListsIn(join(left, 'lists'), systemClock)
      await again(step, left)
      const { all } = await readGenerations(directory)
      expect(end).toContain(all.map(({ state }) => state).join())
      expect(await inspectGenerations(directory)).toHaveLength(all.length)
      await findGenerations(directory)
      for (const [generation, action] of recorded) {
        expect(await lifeOf(join(directory, generation))).toContain(action)
      }
      expect(await leftoversIn(left)).toEqual([])
      expect((await readdir(directory)).includes('ca.key')).toBe(step !== 'destroy')
    })
  },
  600_000,
)
