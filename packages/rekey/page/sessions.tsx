import type { ProblemView, SessionsView, VersionView } from '../src/console/family-view.ts'

interface SessionsProps {
  readonly sessions: readonly SessionsView[] | ProblemView | undefined
  readonly versions: readonly VersionView[]
}

/** The sessions that the database has open with each login of a secret. */
export function Sessions({ sessions, versions }: SessionsProps) {
  if (sessions === undefined) return null
  if ('code' in sessions) {
    return (
      <p class="bad">
        its sessions cannot be counted ({sessions.code}): {sessions.message}
      </p>
    )
  }
  const all = sessions.reduce((sum, one) => sum + one.sessions, 0)
  const stageOf = new Map(versions.map(({ version, stage }) => [version, stage]))
  return (
    <figure class="sessions">
      <div class="split" aria-hidden="true">
        {sessions.map((one) => (
          <span
            key={one.version}
            class={stageOf.get(one.version)}
            style={{ flexGrow: one.sessions }}
          />
        ))}
      </div>
      <figcaption>
        {all === 1 ? '1 session' : `${all} sessions`} at the database
        <ul>
          {sessions.map((one) => (
            <li key={one.version}>
              <span class={`stage ${stageOf.get(one.version)}`}>{stageOf.get(one.version)}</span>{' '}
              {one.sessions === 0 ? 'none' : inWords(one)}
            </li>
          ))}
        </ul>
      </figcaption>
    </figure>
  )
}

function inWords({ clients }: SessionsView): string {
  return clients.map(({ client, sessions }) => `${client} ${sessions}`).join(', ')
}
