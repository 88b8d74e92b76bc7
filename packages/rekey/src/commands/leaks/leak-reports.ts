import type { Rotator } from '../../family/rotator/open-rotator.ts'
import { type LeakCount, liveVersions } from '@rekey/secret/internal'
import type { StagedSecret } from '@rekey/secret'
import type { ServiceAnswers } from '../../console/family-reading.ts'
import type { Answer } from '@rekey/secret/internal/kind'
import { z } from 'zod'
import type { Member } from '../members.ts'

/** A report comes from another process: words of another form could rule a terminal, or a line of a log. */
const word = z.string().regex(/^[\w ./:@+-]{1,250}$/)

/** The parts of a leak that `--json` shows. */
export const LEAK = {
  replica: z.string(),
  version: z.string(),
  encoding: z.string().describe('how it was spelled'),
  channel: z.string().optional().describe('by which output it was leaving: log, stdout, stderr, …'),
  callSite: z.string().optional().describe('the code that printed the first of them'),
  count: z.int().describe('since the start of the replica'),
}

const reported = z.object({
  ...{ version: word, encoding: word, count: z.int().min(1) },
  ...{ channel: word.optional(), callSite: word.optional() },
})

/** A live version that a replica was about to print, and masked. */
export interface ReportedLeak extends LeakCount {
  readonly replica: string
  readonly version: string
}

/** Asks the replicas of all services that hold a secret for their reports on it. */
export async function reportsOf(
  rotator: Pick<Rotator, 'fleet'>,
  member: Pick<Member, 'name' | 'services'>,
  signal: AbortSignal,
): Promise<Answer[]> {
  return (await answersOf(rotator, member, signal)).flatMap(({ answers }) => answers)
}

/** The same, by service. */
export function answersOf(
  { fleet }: Pick<Rotator, 'fleet'>,
  { name, services }: Pick<Member, 'name' | 'services'>,
  signal: AbortSignal,
): Promise<ServiceAnswers[]> {
  return Promise.all(
    services.map(async (service) => {
      const answers = await fleet.acknowledgements({ service, secret: name }, signal)
      return { service, answers }
    }),
  )
}

/** The leaks of versions that the store still holds: any other is refused, or about to be. */
export function leaksIn(answers: readonly Answer[], staged: StagedSecret): ReportedLeak[] {
  const live = new Set(liveVersions(staged).map(({ version }) => version))
  return answers.flatMap(({ ack }) => {
    const leaks: unknown = ack?.leaks
    if (ack === undefined || !Array.isArray(leaks)) return []
    return leaks.flatMap((leak) => {
      const { data } = reported.safeParse(leak)
      if (data === undefined || !live.has(data.version)) return []
      const { channel, callSite, ...rest } = data
      return {
        replica: ack.replica,
        ...rest,
        ...(channel !== undefined && { channel }),
        ...(callSite !== undefined && { callSite }),
      }
    })
  })
}
