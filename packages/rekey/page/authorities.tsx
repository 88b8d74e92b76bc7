import type { AuthorityView, GenerationView, KeystoreView } from '../src/console/family-view.ts'
import { ago, until } from './duration.ts'

interface AuthoritiesProps {
  readonly authorities: readonly AuthorityView[] | undefined
  readonly now: number
}

/** The CAs: the generations of each key, its last backup and its last drill. */
export function Authorities({ authorities, now }: AuthoritiesProps) {
  return (
    <section aria-labelledby="authorities">
      <h2 id="authorities">Certificate authorities</h2>
      {authorities === undefined ? (
        <p class="quiet">
          No CA configured. Start the console with <code>--ca DIRECTORY</code>.
        </p>
      ) : (
        <ul class="cards">
          {authorities.map((authority) => (
            <li key={authority.directory} class="card">
              <h3>{authority.directory}</h3>
              {'code' in authority ? (
                <p class="bad">
                  It cannot be read ({authority.code}): {authority.message}
                </p>
              ) : (
                <Keystore {...authority} now={now} />
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Keystore({ generations, lastBackup, drill, now }: KeystoreView & { now: number }) {
  return (
    <>
      <ol class="versions" aria-label="Generations">
        {generations.map((one) => (
          <Generation key={one.generation} {...one} now={now} />
        ))}
      </ol>
      <p class={lastBackup === undefined ? 'bad' : ''}>
        last backup: {lastBackup === undefined ? 'none' : ago(lastBackup, now)}
      </p>
      <p class={drill.state === 'fresh' ? 'good' : 'bad'}>last drill: {drillInWords(drill, now)}</p>
    </>
  )
}

function drillInWords({ state, at }: KeystoreView['drill'], now: number): string {
  if (state === 'absent') return 'none'
  if (state === 'unknown') return 'unknown: its report is unreadable or not signed by the CA'
  const when = at === undefined ? 'in the future, by this clock' : ago(at, now)
  return state === 'fresh' ? `${when}, a backup was restored` : `${when}: overdue`
}

function Generation({
  generation,
  state,
  since,
  certificate,
  now,
}: GenerationView & { readonly now: number }) {
  const end = certificate === undefined ? '' : `, ends ${until(certificate.notAfter, now)}`
  return (
    <li class="version">
      <span class={`generation ${state}`}>{state}</span>
      <span>
        generation {generation}
        {certificate !== undefined && <span class="quiet"> {certificate.subject}</span>}
        <span class="quiet">
          {' '}
          since {ago(since, now)}
          {end}
        </span>
      </span>
    </li>
  )
}
