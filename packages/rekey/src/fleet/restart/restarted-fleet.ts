import type {
  Acknowledgement,
  Answer,
  Fleet,
  FleetQuestion,
  Replica,
} from '@rekey/secret/internal/kind'
import { type Instance, versionOfMark, type Workload, type WorkloadLook } from './workload.ts'

/** The workloads of the services whose processes are restarted, by service. */
export type Workloads = ReadonlyMap<string, readonly Workload[]>

/**
 * Creates a fleet in which processes that are restarted acknowledge the version that was current when they were started. Asking it
 * restarts nothing.
 */
export function withWorkloads(fleet: Fleet, workloads: Workloads): Fleet {
  if (workloads.size === 0) return fleet
  const ask = async (
    { service, secret, awaited }: FleetQuestion,
    signal?: AbortSignal,
  ): Promise<Answer[]> => {
    const looks = (workloads.get(service) ?? []).map(async (workload) => {
      const look = await workload.look(secret, signal)
      return answersOf(service, workload, look, awaited && isMarked)
    })
    return (await Promise.all(looks)).flat()
  }
  return {
    restarts: (service) =>
      workloads
        .get(service)
        ?.map(({ name }) => name)
        .join(', '),
    async replicas(service) {
      if (!workloads.has(service)) return fleet.replicas(service)
      return (await ask({ service, secret: '' })).map(({ replica }) => replica)
    },
    acknowledgements(question, signal) {
      if (!workloads.has(question.service)) return fleet.acknowledgements(question, signal)
      return ask(question, signal)
    },
  }
}

/** Why a process that was started under a mark, or under none, is not one that is awaited. */
export type JudgeMark = (mark: string | undefined) => string | undefined

/** A version that is not known is no acknowledgement, whichever state is awaited. */
const isMarked: JudgeMark = (mark) =>
  mark === undefined ? 'was not restarted yet, so its version is not known' : undefined

/** Returns the answer of each process, and one of the workload where processes are missing. Of none that are wanted there is none. */
export function answersOf(
  service: string,
  { name }: Workload,
  { instances, desired }: WorkloadLook,
  judge: JudgeMark = () => undefined,
): Answer[] {
  const answers = instances.map((one) => answerOf(service, one, judge))
  const alive = instances.filter(({ isEnding }) => !isEnding).length
  if (desired !== undefined && alive >= desired) return answers
  const url = `workload://${name.replaceAll(/\W+/g, '-').toLowerCase()}`
  const problem = `${name} has ${alive} of ${desired ?? 'an unknown number of'} processes`
  return [...answers, { replica: { service, url, healthUrl: url }, ack: undefined, problem }]
}

function answerOf(service: string, instance: Instance, judge: JudgeMark): Answer {
  const { id, url, mark, isReady, isEnding } = instance
  const replica: Replica = { id, service, url, healthUrl: url }
  if (isEnding) return { replica, ack: undefined, absence: 'it is ending' }
  const problem = judge(mark)
  if (problem !== undefined) return { replica, ack: undefined, problem }
  const ack = acknowledgementOf(instance)
  return isReady ? { replica, ack } : { replica, ack, problem: 'is not ready: see its log' }
}

/** A process holds what was current at its start, and nothing else. Uses are not counted. */
function acknowledgementOf({ url, mark, isReady, startedAt }: Instance): Acknowledgement {
  const held = mark === undefined ? [] : [versionOfMark(mark)]
  return {
    ...{ replica: url, name: '', kind: '', end: 'owner', source: 'its start' },
    state: isReady ? 'fresh' : 'absent',
    failuresInARow: 0,
    counts: { reads: 0, failures: 0, changes: 0, vetoes: 0, rejections: 0 },
    versions: held.map((version) => ({ stage: 'current', version })),
    usage: { since: startedAt, versions: [], holding: { start: held }, failures: 0 },
  }
}
