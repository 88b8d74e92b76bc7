import type { HoldersView, SecretView, VersionView } from '../src/console/family-view.ts'
import { ago, duration, until } from './duration.ts'
import { IfRevoked } from './if-revoked.tsx'
import { RotateForm } from './rotate-form.tsx'
import { RotationSteps } from './rotation-steps.tsx'
import { Sessions } from './sessions.tsx'
import { UseLines } from './use-lines.tsx'

interface CardProps {
  readonly secret: SecretView
  readonly now: number
}

/** One secret. */
export function SecretCard({ secret, now }: CardProps) {
  const { title, kind, versions, rotation, holders, uses, leakedLines, sessions, next } = secret
  const state = stateOf(secret)
  return (
    <li class={`card ${state}`}>
      <div class="card-head">
        <h3>{title.slice(kind.length).trim()}</h3>
        <span class="kind">{kind}</span>
        <span class={`state ${state}`}>{state}</span>
      </div>
      <Age secret={secret} now={now} />
      <ul class="versions" aria-label="Versions">
        {versions.map((version) => (
          <Version key={version.version} {...version} now={now} />
        ))}
      </ul>
      {rotation !== undefined && <RotationSteps rotation={rotation} now={now} />}
      <ul class="holders" aria-label="Replicas">
        {holders.map((each) => (
          <Holders key={each.service} {...each} versions={versions} />
        ))}
      </ul>
      <Sessions sessions={sessions} versions={versions} />
      <IfRevoked versions={versions} now={now} />
      <UseLines uses={uses} versions={versions} />
      {leakedLines > 0 && (
        <p class="leak">{leakedLines} log lines contained a live value; they were masked</p>
      )}
      <RotateForm title={title} held={rotation?.held?.version} />
      {next.length > 0 && <p class="unseen">{next.length} commands to run, listed above</p>}
    </li>
  )
}

function stateOf({ rotation, next, turn }: SecretView): string {
  if (next.some(({ urgency }) => urgency === 'act')) return 'stuck'
  if (rotation?.held !== undefined) return 'held'
  if (rotation?.isOpen === true) return 'rotating'
  if (turn?.isOverdue === true) return 'overdue'
  return turn?.isDue === true ? 'due' : 'settled'
}

/** The age of the current version against the day on which its policy has it rotated. */
function Age({ secret: { versions, turn, expiresAt }, now }: CardProps) {
  const createdAt = versions[0]?.createdAt
  if (createdAt === undefined) return <p class="quiet">age unknown</p>
  const age = now - Date.parse(createdAt)
  const end = turn?.dueAt ?? expiresAt
  const share = end === undefined ? undefined : age / (Date.parse(end) - Date.parse(createdAt))
  const due = turn?.dueAt === undefined ? '' : `, due ${until(turn.dueAt, now)}`
  const { outside } = turn ?? {}
  const closed =
    outside === undefined
      ? ''
      : `; outside its window ${outside.window}, which opens ${until(outside.opensAt, now)}`
  const expiry = expiresAt === undefined ? '' : `, ends ${until(expiresAt, now)}`
  return (
    <div class="age">
      <p>
        {duration(age)} old{due}
        {expiry}
        {closed}
      </p>
      {share !== undefined && (
        <div class={share >= 1 ? 'meter full' : 'meter'} aria-hidden="true">
          <div style={{ width: `${Math.min(100, Math.max(1, share * 100))}%` }} />
        </div>
      )}
    </div>
  )
}

function Version({ stage, version, id, createdAt, now }: VersionView & { readonly now: number }) {
  return (
    <li class="version">
      <span class={`stage ${stage}`}>{stage}</span>
      <code>{id ?? version}</code>
      {createdAt !== undefined && <span class="quiet">{ago(createdAt, now)}</span>}
    </li>
  )
}

interface HoldersProps extends HoldersView {
  readonly versions: readonly VersionView[]
}

function Holders({ service, replicas, loaded, late, versions }: HoldersProps) {
  const current = loaded[versions[0]?.version ?? ''] ?? 0
  return (
    <li>
      <p>
        <span>{service}</span>
        <span>
          {current}/{replicas} replicas have loaded it
        </span>
      </p>
      {late.length > 0 && (
        <details>
          <summary>{replicas - current} late</summary>
          <ul>
            {late.map(({ replica, reason }) => (
              <li key={replica}>
                <code>{replica}</code> {reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  )
}
