import type { Stack } from '@rekey/stack'
import type { RunJudge } from './judge-run.ts'
import type { EndedRun, Line } from './rekey-run.ts'

interface Said {
  readonly secret: string
  readonly name: string
  readonly versions: readonly { readonly stage: string; readonly version: string }[]
  readonly acknowledged: readonly [number, number]
  readonly open?: object
  readonly rotation?: {
    readonly intent?: {
      readonly receipts?: readonly { readonly version: string; readonly evidence: string }[]
    }
  }
}

interface Report {
  readonly secrets: readonly {
    readonly name: string
    readonly versions: readonly { readonly version: string }[]
  }[]
}

/** A receipt names its evidence in these words where the role is gone. */
const NO_ROLE = /^the role (\w+) does not exist$/

/** Checks each line of `rekey status` of a family in which nothing is rotated. */
export async function judgeStatus(
  judge: RunJudge,
  { family }: Pick<Stack, 'family'>,
  run: EndedRun,
): Promise<void> {
  const { sentences } = judge
  sentences.check(`status: exit code ${String(run.code)}: ${run.stderr}`, run.code === 0)
  const reports = await Promise.all(
    family.fleet.flatMap((entry) =>
      'healthUrl' in entry && entry.healthUrl !== undefined ? [readReport(entry.healthUrl)] : [],
    ),
  )
  for (const line of run.lines) if (line.type === 'secret') await judgeSecret(judge, line, reports)
}

async function judgeSecret(judge: RunJudge, line: Line, reports: readonly Report[]): Promise<void> {
  const { sentences, values, farSide } = judge
  const said = line as unknown as Said
  const { secret, name, versions } = said
  const staged = Object.fromEntries(versions.map(({ stage, version }) => [stage, version]))
  const found = await values.look(name)
  sentences.compare(`status: versions of ${secret}`, sorted(staged), sorted(found))
  sentences.check(`status: ${secret} has an open rotation`, said.open === undefined)
  const [knowing, all] = said.acknowledged
  const holders = reports.flatMap(({ secrets }) => secrets.filter((one) => one.name === name))
  const holding = holders.filter((one) => one.versions.some((v) => v.version === found.current))
  if (all > 0) {
    sentences.compare(`status: replicas that know ${secret}`, knowing, holding.length)
    sentences.compare(`status: replicas of ${secret}`, all, holders.length)
  }
  const [last] = said.rotation?.intent?.receipts?.slice(-1) ?? []
  if (last === undefined) return
  const role = NO_ROLE.exec(last.evidence)?.[1]
  if (role !== undefined) {
    sentences.check(`status: ${secret}: ${last.evidence}`, !(await judge.hasRole(role)))
  }
  const old = values.of(name, last.version)
  const isTaken = old === undefined ? undefined : await farSide(secret, old)
  const sentence = `status: ${secret}: version ${last.version} is dead (${last.evidence})`
  sentences.check(sentence, isTaken === undefined ? undefined : !isTaken)
}

function sorted(staged: object): [string, unknown][] {
  return Object.entries(staged).toSorted(([a], [b]) => a.localeCompare(b))
}

async function readReport(healthUrl: string): Promise<Report> {
  const url = new URL('/health/secrets', healthUrl)
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) })
  return (await response.json()) as Report
}
