import type { AuditEntryView, AuditView, VerifiedAuditView } from '../src/console/family-view.ts'
import { ago } from './duration.ts'

interface AuditTrailProps {
  readonly audit: AuditView | undefined
  readonly now: number
}

/** The newest entries of the audit log, and whether its chain was verified. */
export function AuditTrail({ audit, now }: AuditTrailProps) {
  return (
    <section aria-labelledby="audit">
      <h2 id="audit">Audit log</h2>
      {audit === undefined ? (
        <p class="quiet">
          No audit log configured. Set <code>auditDirectory</code> in the family file.
        </p>
      ) : 'code' in audit && audit.code === 'missing' ? (
        <p class="quiet">No entry yet: {audit.message}</p>
      ) : 'code' in audit ? (
        <p class="bad">
          It cannot be read ({audit.code}): {audit.message}
        </p>
      ) : (
        <Trail audit={audit} now={now} />
      )}
    </section>
  )
}

function Trail({ audit, now }: { readonly audit: VerifiedAuditView; readonly now: number }) {
  const { verifiedAt, entries, damage, newest } = audit
  return (
    <>
      {damage === undefined ? (
        <p class="good">
          chain verified: {entries} entries{' '}
          <span class="quiet">without a checkpoint, {ago(verifiedAt, now)}</span>
        </p>
      ) : (
        <p class="bad">
          chain broken at entry {numberOf(damage.entry, damage.stream)} ({damage.reason}): run{' '}
          <code>rekey audit verify</code>
        </p>
      )}
      <ol class="trail" aria-label="Newest entries">
        {newest.map((entry) => (
          <Entry key={numberOf(entry.seq, entry.stream)} {...entry} now={now} />
        ))}
      </ol>
    </>
  )
}

/** The number of an entry, after that of its stream where it has one. */
function numberOf(seq: number, stream: number | undefined): string {
  return stream === undefined ? String(seq) : `${stream}/${seq}`
}

function Entry({ now, ...entry }: AuditEntryView & { readonly now: number }) {
  const { seq, stream, at, actor, person, action, subject, version, outcome } = entry
  const login = entry.writer ? ` by ${entry.writer}` : ''
  return (
    <li>
      <span class="quiet">
        {numberOf(seq, stream)}, <time dateTime={at}>{ago(at, now)}</time>
      </span>
      <span>
        {action} <code>{subject}</code> {version !== undefined && <code>{version}</code>}
      </span>
      <span class={outcome === 'succeeded' ? 'quiet' : 'bad'}>{outcome}</span>
      <span class="quiet">{(person === undefined ? actor : `${person} by ${actor}`) + login}</span>
    </li>
  )
}
