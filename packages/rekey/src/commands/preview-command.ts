import { previewRevoke } from '../console/preview-revoke.ts'
import { versionHolders, type VersionHolders } from '../console/version-holders.ts'
import type { Rotator } from '../family/rotator/open-rotator.ts'
import { liveVersions, type Stage } from '@rekey/secret/internal'
import { printableLine, SecretError, type SecretVersion } from '@rekey/secret'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliContext, CommonFlags } from './cli-context.ts'
import { failureDocument, worstOf } from './failure.ts'
import { type Member, readMembers } from './members.ts'
import { jsonLine, printing, secretName } from './json-output.ts'
import { answersOf } from './leaks/leak-reports.ts'
import { findNamed, isStoreName, oneSecret, type SecretWords } from './named-secret.ts'
import { common, KIND, SECRET } from './options.ts'
import { createPrinter } from './printer.ts'
import { sessionsOf } from './sessions-of.ts'
import { withRotator } from './with-rotator.ts'
import type { RevokePreview } from '../console/family-view.ts'
import type { SessionCount } from '@rekey/secret/internal/kind'

const PROBLEM = z.object({ code: z.string(), message: z.string() })

/** The lines of `rekey preview`. */
const PREVIEW_LINES = jsonLine('preview', 'What happens if a version is revoked now.', {
  secret: secretName.describe('its name on the command line'),
  name: z.string().describe('its name in the store'),
  stage: z.enum(['pending', 'current', 'previous']),
  version: z.string(),
  id: z.string().optional().describe('key id or role name'),
  verdict: z
    .enum(['breaks', 'nothing', 'unknown'])
    .describe(
      'breaks: calls are refused that are answered now; nothing: none is; unknown: replicas did not report, and none of the others is refused',
    ),
  refused: z
    .array(z.object({ replica: z.string(), by: z.int().optional().describe('how many receivers') }))
    .describe('the replicas whose calls are refused until they have loaded another version'),
  retrying: z
    .int()
    .describe('how many replicas are refused at first, and answered with the other one they hold'),
  holders: z.array(
    z.object({
      service: z.string(),
      replicas: z.int().describe('how many the fleet lists'),
      holding: z.array(z.string()),
      silent: z
        .array(z.object({ replica: z.string(), reason: z.string() }))
        .describe('those that reported nothing, of which it is not known'),
      lastUse: z
        .object({ who: z.string(), at: z.iso.datetime() })
        .optional()
        .describe('the last use that one of them has reported since its start'),
    }),
  ),
  sessions: z
    .array(z.object({ client: z.string(), sessions: z.int() }))
    .optional()
    .describe('those that the far side has open with it; absent if it keeps none'),
  uncounted: PROBLEM.optional().describe('why the far side could not count its sessions'),
  evidence: z.string().describe('the reports that this is based on'),
})

/** Defines `rekey preview`. */
export function definePreview(command: Command, context: CliContext): void {
  printing(common(command), PREVIEW_LINES, [
    'rekey preview database shop --family production.json',
    'rekey preview api-key shop:stock previous --family production.json --json',
  ])
    .argument('<kind>', KIND)
    .argument('[secret]', SECRET)
    .argument(
      '[version]',
      'current, pending, previous, a version, a key id or a role name; all live versions otherwise',
    )
    .action((kind: string, second?: string, third?: string, flags: CommonFlags = {}) => {
      // The name in the store is one word: what follows it is the version.
      const [secret, version] = isStoreName(kind) ? [undefined, second] : [second, third]
      const words = oneSecret([kind, secret], 'preview KIND SECRET [VERSION]')
      return showPreview({ words, version }, flags, context)
    })
}

interface Asked {
  readonly words: SecretWords
  readonly version: string | undefined
}

/** `rekey preview KIND SECRET`: reads store, replicas and far side once, with the rights of the rotator. */
function showPreview(
  { words, version }: Asked,
  flags: CommonFlags,
  context: CliContext,
): Promise<void> {
  const printer = createPrinter<typeof PREVIEW_LINES>(flags, context)
  return withRotator(flags, context, async (rotator) => {
    const { name } = findNamed(rotator, words).kind
    const { secrets, unreadable } = await readMembers(rotator, context.signal, [name])
    for (const member of secrets) {
      for (const preview of await previewsOf(rotator, { member, version }, context.signal)) {
        printer.line({ type: 'preview', ...preview }, describePreview(preview))
      }
    }
    const failures = unreadable.map(({ secret, error }) => printer.failed(secret, error))
    context.process.exitCode = worstOf(failures)
  })
}

async function previewsOf(
  rotator: Rotator,
  { member, version }: { readonly member: Member; readonly version: string | undefined },
  signal: AbortSignal,
): Promise<Preview[]> {
  const asked = versionsNamed(member, version)
  const [answers, counted] = await Promise.all([
    answersOf(rotator, member, signal),
    sessionsOf(member, signal),
  ])
  const { title, name, staged } = member
  return asked.map(({ stage, version: of, id }) => {
    const found = previewRevoke({ title, staged, answers }, of)
    const { verdict, refused, retrying, evidence } = found
    return {
      ...{ secret: title, name, stage, version: of, ...(id !== undefined && { id }) },
      ...{ verdict, refused, retrying, holders: versionHolders(answers, of), evidence },
      ...sessionsWith(of, counted),
    }
  })
}

/** The live versions that an operator named by stage, version or id; all if none was named. */
function versionsNamed({ title, staged }: Member, name: string | undefined): SecretVersion[] {
  const live = liveVersions(staged)
  const named = live.filter(
    ({ stage, version, id }) => name === undefined || [stage, version, id].includes(name),
  )
  if (named.length > 0) return named
  const known = live.map(({ stage, version }) => `${stage} ${version}`).join(', ')
  throw new SecretError('missing', `${title} has no live version ${name ?? ''}; it has: ${known}`)
}

type Counted = Awaited<ReturnType<typeof sessionsOf>>

/** The sessions of one version, or why they could not be counted. */
function sessionsWith(version: string, counted: Counted): Pick<Preview, 'sessions' | 'uncounted'> {
  if (counted === undefined) return {}
  if ('error' in counted) {
    const { code, message } = failureDocument(counted.error)
    return { uncounted: { code, message } }
  }
  return { sessions: counted.find((each) => each.version === version)?.clients ?? [] }
}

/** The consequence of a revocation of one version at this moment. No values. */
interface Preview extends Pick<RevokePreview, 'verdict' | 'refused' | 'retrying' | 'evidence'> {
  /** As on the command line. */
  readonly secret: string
  readonly name: string
  readonly stage: Stage
  readonly version: string
  readonly id?: string
  readonly holders: readonly VersionHolders[]
  readonly sessions?: readonly SessionCount[]
  readonly uncounted?: { readonly code: string; readonly message: string }
}

/** More would scroll the first lines away; `--json` has all. */
const NAMED = 20

/** A preview for people, in a line and a few beneath it. */
function describePreview(preview: Preview): string {
  const { secret, stage, version, id, holders, evidence } = preview
  const of = `${secret}  ${stage} ${version}${id === undefined ? '' : ` (${id})`}`
  const silent = holders.flatMap((each) =>
    each.silent.map(({ replica, reason }) => `${each.service} at ${replica} (${reason})`),
  )
  const lines = [
    `${of}: revoking it now would cut off ${consequenceOf(preview)}`,
    ...holders.flatMap(({ service, replicas, holding, lastUse }) => [
      `held by ${holding.length} of ${replicas} replicas of ${service}${listed(holding)}`,
      lastUse === undefined
        ? `no use reported by a replica of ${service} since its start`
        : `last used at ${lastUse.at}, as reported: ${lastUse.who}`,
    ]),
    ...(silent.length > 0 ? [`unknown, no report${listed(silent)}`] : []),
    ...sessionsIn(preview),
    `based on ${evidence}`,
  ]
  return lines.map(printableLine).join('\n  ')
}

function consequenceOf({ verdict, refused, retrying }: Preview): string {
  const again = retrying > 0 ? `; ${retrying} are refused once and answered on their retry` : ''
  if (verdict === 'breaks') {
    const names = refused.map(({ replica, by }) =>
      by === undefined ? replica : `${replica} (at ${by} receiver${by === 1 ? '' : 's'})`,
    )
    return `${names.length} replica${names.length === 1 ? '' : 's'}${listed(names)}${again}`
  }
  if (verdict === 'nothing') return `no replica${again}`
  return `none of the replicas that report; the others are unknown${again}`
}

function sessionsIn({ sessions, uncounted }: Preview): string[] {
  if (uncounted !== undefined) {
    return [`sessions at the far side are unknown: ${uncounted.message}`]
  }
  if (sessions === undefined) return []
  const count = sessions.reduce((sum, each) => sum + each.sessions, 0)
  const clients = sessions.map(({ client, sessions: open }) => `${client} ${open}`)
  return [`${count} sessions at the far side${listed(clients)}`]
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > NAMED ? `, and ${names.length - NAMED} more: see --json` : ''
  return `: ${names.slice(0, NAMED).join(', ')}${more}`
}
