import type { AuditReading, AuthorityReading, FamilyReading } from './family-reading.ts'
import type { AuditEntryView, AuditView, AuthorityView, FamilyView } from './family-view.ts'
import { problemOf } from './problem-of.ts'
import type { RecentUses } from './recent-uses.ts'
import { viewSecret } from './view-secret.ts'

/** Describes a family as it was read at one moment. */
export function viewFamily(reading: FamilyReading, readAt: Date, recent: RecentUses): FamilyView {
  const { environment, secrets, unreadable, audit, authorities } = reading
  return {
    readAt: readAt.toISOString(),
    environment,
    secrets: secrets.map((secret) => viewSecret(secret, recent)),
    unreadable: unreadable.map(({ secret, error }) => ({ secret, ...problemOf(error) })),
    ...(audit && { audit: viewAudit(audit) }),
    ...(authorities && { authorities: authorities.map(viewAuthority) }),
  }
}

/** Leaves out the details of each entry, which are of any length. */
function viewAudit(audit: AuditReading): AuditView {
  if ('error' in audit) return problemOf(audit.error)
  const { verifiedAt, entries, damage, newest } = audit
  return {
    verifiedAt: verifiedAt.toISOString(),
    entries,
    ...(damage && { damage }),
    newest: newest.map(viewEntry),
  }
}

function viewEntry(entry: AuditEntryView): AuditEntryView {
  const { seq, at, actor, person, action, subject, version, outcome, stream, writer } = entry
  return {
    seq,
    at,
    actor,
    action,
    subject,
    outcome,
    ...(person !== undefined && { person }),
    ...(version !== undefined && { version }),
    ...(stream !== undefined && { stream }),
    ...(writer !== undefined && { writer }),
  }
}

function viewAuthority(authority: AuthorityReading): AuthorityView {
  const { directory } = authority
  if ('error' in authority) return { directory, ...problemOf(authority.error) }
  const { generations, lastBackup, drill } = authority
  return {
    directory,
    generations,
    ...(lastBackup && { lastBackup: lastBackup.toISOString() }),
    drill: { state: drill.state, ...(drill.at && { at: drill.at.toISOString() }) },
  }
}
