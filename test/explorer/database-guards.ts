import type { RotationKind } from '@rekey/secret/kind'
import { CALM, type Guard } from './guards.ts'
import type { Scenario } from './scenario.ts'

const AT_DATABASE = { ...CALM, replicas: ['alpha-0'], farSide: 'database' } as const

function unguarded(parts: Partial<RotationKind>): NonNullable<Scenario['sabotage']> {
  return { kind: (kind) => ({ ...kind, ...parts }) }
}

/** The guards of a database login. */
export const DATABASE_GUARDS: readonly Guard[] = [
  {
    name: 'database: equal rights',
    purpose: 'No login with other rights than the old one becomes current (`prove`).',
    without: {
      ...AT_DATABASE,
      sabotage: { ...unguarded({ prove: () => Promise.resolve() }), isForgetful: true },
    },
    finds: 'v2 has other rights than the first login',
  },
  {
    name: 'database: standby',
    purpose: 'A standby has replayed the new login (`prove`) before that becomes current.',
    without: {
      ...AT_DATABASE,
      ...{ hasStandby: true, sabotage: unguarded({ prove: () => Promise.resolve() }) },
    },
    finds: 'alpha-0 uses v2, which the standby does not accept',
  },
  {
    name: 'database: confirmation',
    purpose: 'Every replica uses the new login (`confirm`) before the old one is closed.',
    without: { ...AT_DATABASE, sabotage: unguarded({ confirm: () => Promise.resolve() }) },
    finds: 'alpha-0 uses v1, which the far side does not accept',
  },
  {
    name: 'database: silence',
    purpose: 'No session of the old login is left (`confirm`) before it is closed.',
    without: {
      ...AT_DATABASE,
      ...{ depth: 1, faults: ['kept session'] },
      sabotage: {
        kind: (kind) => ({
          ...kind,
          // As if no session was seen until the login is closed.
          confirm: (staged, context) =>
            kind.confirm(staged, context).catch((error: unknown) => {
              if (!String(error).includes('sessions of')) throw error
            }),
        }),
      },
    },
    finds: 'a session of v1 is ended',
  },
  {
    name: 'database: sessions',
    purpose: 'No session of the old login is left when a receipt is written (`revoke`).',
    without: {
      ...AT_DATABASE,
      ...{ depth: 1, faults: ['kept session'], sabotage: { isBlind: true } },
    },
    finds: 'alpha-0 has a session of v1, of which there is a receipt',
  },
  {
    name: 'database: other roles',
    purpose: 'A rotation leaves open what can act as the service and is not of this secret.',
    without: {
      ...AT_DATABASE,
      sabotage: {
        kind: (kind) => ({
          ...kind,
          // As if the journal had a record of each.
          confirm: async (staged, context) => {
            await kind.confirm(staged, context)
            const found = (await kind.strangers?.(staged, context.signal)) ?? []
            await kind.closeStrangers?.({ recorded: [], others: found }, context)
          },
        }),
      },
    },
    finds: 'alpha_reports is changed',
  },
]
