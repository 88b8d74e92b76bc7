import type { RotationKind } from '@rekey/secret/kind'
import { type Scenario } from './scenario.ts'

/** Without faults: two rotators, one sender and two receivers. */
export const CALM: Scenario = {
  orders: ['rotate', 'rotate'],
  replicas: ['alpha-0', 'beta-0', 'beta-1'],
  depth: 0,
  faults: [],
}

/** The same where the key has leaked, and both rotators are to answer that. */
const EMERGENCY: Scenario = {
  ...CALM,
  orders: ['rotate compromised', 'rotate compromised'],
}

/** A guard of the protocol, and what happens without it. */
export interface Guard {
  readonly name: string
  readonly purpose: string
  /** A scenario in which it is taken away. */
  readonly without: Scenario
  /** What the explorer finds then. */
  readonly finds: string
  /** Whether it is found after minutes: that is left to the exhaustive tests. Default: no. */
  readonly isLate?: boolean
}

const nothing = () => Promise.resolve()

function unguarded(kind: (kind: RotationKind) => RotationKind): Scenario {
  return { ...CALM, sabotage: { kind } }
}

/** The same at a far side of two secrets. */
function atFarSide(kind: (kind: RotationKind) => RotationKind, { isDeaf = false } = {}): Scenario {
  return { ...CALM, replicas: ['alpha-0'], farSide: 'two-secrets', sabotage: { kind, isDeaf } }
}

/** The guards of the protocol. */
export const GUARDS: readonly Guard[] = [
  {
    name: 'barrier',
    purpose:
      'Every receiver reports the new key (`admit`) and accepts a call with it (`prove`) before the store promotes it.',
    without: unguarded((kind) => ({ ...kind, admit: nothing, prove: nothing })),
    finds: 'alpha-0 sends v2, which beta-0 does not accept',
  },
  {
    name: 'barrier, of loaded replicas',
    purpose:
      'The same where each replica is a loaded service, whose keyring judges the key that its sender sends.',
    without: {
      ...CALM,
      ...{ replicas: ['alpha-0', 'beta-0'], areReplicasLoaded: true },
      sabotage: { kind: (kind) => ({ ...kind, admit: nothing, prove: nothing }) },
    },
    finds: 'alpha-0 sends v2, which beta-0 does not accept',
  },
  {
    name: 'another try',
    purpose:
      'A receiver reads the store when it is shown a key that it does not know, and a sender tries another key that it holds.',
    without: {
      ...CALM,
      ...{ orders: ['rotate'], replicas: ['alpha-0', 'beta-0'], areReplicasLoaded: true },
      ...{ depth: 1, faults: ['late listing'], within: 'stage' },
      sabotage: { givesUpAtOnce: true },
    },
    finds: 'alpha-0 gets 401 from beta-1',
    isLate: true,
  },
  {
    name: 'confirmation',
    purpose:
      'Every sender reports that it sends the new key (`confirm`) before the store drops the old one.',
    without: unguarded((kind) => ({ ...kind, confirm: nothing })),
    finds: 'v1 is dropped, and no sender was asked',
  },
  {
    name: 'silence',
    purpose:
      'The old key is silent for the validation period (`confirm`) before the store drops it.',
    without: { ...CALM, sabotage: { validationMs: 0 } },
    finds: 'v1 is dropped before it was silent for long enough',
  },
  {
    name: 'answers',
    purpose: 'A sender that does not answer has not switched (`confirm`).',
    without: {
      ...CALM,
      ...{ depth: 1, faults: ['no answer'], within: 'confirm' },
      sabotage: { trustsSilence: true },
    },
    finds: 'v1 is dropped, and alpha-0 has not answered',
  },
  {
    name: 'named rotators',
    purpose: 'A journal that does not answer is not taken for one that another rotator has.',
    without: {
      ...CALM,
      ...{ replicas: ['alpha-0', 'beta-0'], depth: 1, faults: ['lost request'] },
      sabotage: { suspectsOthers: true },
    },
    finds: 'rotator-0 reports that it was taken over, and was not',
  },
  {
    name: 'receipt',
    purpose: 'Every receiver reports that it has dropped the old key before a receipt is written.',
    without: unguarded((kind) => ({
      ...kind,
      confirmRevoked: ({ version }, context) =>
        context.attest({ version, evidence: 'no receiver was asked' }),
    })),
    finds: 'beta-0 accepts v1, of which there is a receipt',
  },
  {
    name: 'fence',
    purpose: 'The journal takes nothing from a rotator whose claim has passed to another.',
    without: {
      ...CALM,
      replicas: ['alpha-0', 'beta-0'],
      depth: 2,
      faults: ['standstill', 'kept key'],
      within: 'confirm-revoked',
      sabotage: { isUnfenced: true },
    },
    finds: 'beta-0 accepts v1, of which there is a receipt',
  },
  {
    name: 'take-over',
    purpose:
      'The journal takes nothing from a rotator whose claim an emergency has taken over, though its lease lasts.',
    without: {
      ...CALM,
      orders: ['rotate', 'rotate compromised'],
      replicas: ['alpha-0', 'beta-0'],
      depth: 1,
      faults: ['take-over'],
      within: 'promote',
      sabotage: { isUnfenced: true },
    },
    finds: 'an emergency ends as stopped',
    isLate: true,
  },
  {
    name: 'hard end',
    purpose:
      'The overlap ends `maxOverlapMs` after `promote`, also while a caller still uses the old key.',
    without: { ...CALM, hasThief: true, sabotage: { maxOverlapMs: 1e9 } },
    finds: 'a rotation does not end',
  },
  {
    name: 'emergency',
    purpose:
      'The journal keeps that the key has leaked, so that whatever runs next revokes it and rolls nothing back.',
    without: {
      ...EMERGENCY,
      orders: ['rotate compromised', 'roll back'],
      depth: 1,
      faults: ['crash'],
      sabotage: { forgetsEmergencies: true },
    },
    finds: 'v1, which leaked, becomes current',
  },
  {
    name: 'first write',
    purpose:
      'The journal keeps an emergency before the versions of a rotation that it found open are cleared away.',
    without: {
      ...CALM,
      orders: ['rotate', 'rotate compromised'],
      replicas: ['alpha-0', 'beta-0'],
      depth: 2,
      faults: ['crash'],
      sabotage: { isLateToNote: true },
    },
    finds: 'v2, which leaked, becomes current',
  },
  {
    name: 'no grace',
    purpose: 'An emergency leaves receivers behind that are late.',
    without: {
      ...EMERGENCY,
      depth: 1,
      faults: ['late replica'],
      sabotage: {
        kind: (kind) => ({
          ...kind,
          admit: (staged, context) => kind.admit(staged, { ...context, compromised: false }),
        }),
      },
    },
    finds: 'an emergency ends as stopped',
  },
  {
    name: 'audit',
    purpose:
      'The journal shows which step was begun and not ended, so that the rotator that claims next writes into the audit log that it may have changed the store.',
    without: {
      ...CALM,
      ...{ replicas: ['alpha-0', 'beta-0'], depth: 1, faults: ['crash'] },
      sabotage: { forgetsSteps: true },
    },
    finds: 'the audit log has nothing of a change by promote',
  },
  {
    name: 'far side: proof',
    purpose: 'A far side accepts the new version (`prove`) before the store promotes it.',
    without: atFarSide((kind) => ({ ...kind, prove: nothing }), { isDeaf: true }),
    finds: 'alpha-0 uses v2, which the far side does not accept',
  },
  {
    name: 'far side: confirmation',
    purpose: 'Every replica uses the new version (`confirm`) before a far side ends the old one.',
    without: atFarSide((kind) => ({ ...kind, confirm: nothing })),
    finds: 'alpha-0 uses v1, which the far side does not accept',
  },
  {
    name: 'far side: order to end',
    purpose:
      'The journal keeps which version a far side is asked to end (`revoke`), and nothing is rolled back to that version, though it is accepted still.',
    without: {
      ...atFarSide((kind) => ({
        ...kind,
        revoke: (staged, context) => kind.revoke(staged, { ...context, saveProgress: nothing }),
      })),
      ...{ orders: ['rotate', 'roll back'], depth: 1, faults: ['late end'] },
    },
    finds: 'alpha-0 uses v1, which the far side does not accept',
  },
  {
    name: 'far side: end',
    purpose: 'A far side refuses the old version (`revoke`) before a receipt is written.',
    without: atFarSide((kind) => ({ ...kind, revoke: nothing })),
    finds: 'the far side accepts v1, of which there is a receipt',
  },
]
