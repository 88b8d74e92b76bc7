import { RotationError } from '@rekey/rekey/engine'
import { SecretError } from '@rekey/secret'
import type { Call, Reply } from './actor.ts'
import type { Option } from './option.ts'
import type { Fault } from './scenario.ts'
import { KEY, type World } from './world.ts'

/** The faults that are possible where a call takes place, beside the call. */
export const FAULTS_OF_CALLS = new Map<
  Fault,
  (call: Call, world: World) => Omit<Option, 'fault'> | undefined
>([
  [
    'crash',
    // After a read the others see what they saw before it.
    ({ isWrite, actor, effect }) =>
      isWrite
        ? {
            label: 'and dies',
            happen: async () => {
              await effect()
              actor.state = 'dead'
            },
          }
        : undefined,
  ],
  [
    'standstill',
    ({ actor, effect, settle }) => ({
      label: 'and stands still',
      happen: async () => {
        const reply = await effect()
        actor.state = 'paused'
        actor.unread.push(() => {
          settle(reply)
        })
      },
    }),
  ],
  [
    'lost reply',
    (call, world) =>
      isOfServer(call)
        ? {
            label: 'and gets no reply',
            happen: async () => {
              await call.effect()
              call.settle(noReply(call, world))
            },
          }
        : undefined,
  ],
  [
    'stale read',
    ({ before, settle }) => {
      const reply = before?.()
      return (
        reply && {
          label: 'as it was before',
          happen: () => {
            settle(reply)
          },
        }
      )
    },
  ],
  [
    'false conflict',
    ({ object, isWrite, settle }) =>
      isWrite && (object === 'store' || object === 'journal store')
        ? {
            label: 'and is refused as too late',
            happen: () => {
              settle({ text: 'conflict', error: new SecretError('conflict', 'changed by another') })
            },
          }
        : undefined,
  ],
  [
    'late end',
    ({ object, label, effect, settle }, { farSide }) =>
      object === 'far side' && label.startsWith('ends v')
        ? {
            label: 'later, which is answered now',
            happen: () => {
              farSide?.late.push({ label, effect })
              settle({ text: 'undefined' })
            },
          }
        : undefined,
  ],
  [
    'lost request',
    (call, world) =>
      isOfServer(call) && call.isWrite
        ? {
            label: 'in vain, and gets no reply',
            happen: () => {
              call.settle(noReply(call, world))
            },
          }
        : undefined,
  ],
])

/** What is none of a replica. */
const SERVERS: ReadonlySet<string> = new Set(['store', 'journal', 'journal store', 'far side'])

function isOfServer({ object }: Call): boolean {
  return SERVERS.has(object)
}

function noReply({ object }: Call, { scenario }: World): Reply {
  const isSuspected = object === 'journal' && scenario.sabotage?.suspectsOthers === true
  const error = isSuspected
    ? new RotationError('fenced', KEY, 'another rotator took it over')
    : new SecretError('unreachable', `the ${object} does not answer`)
  return { text: 'no reply', error }
}
