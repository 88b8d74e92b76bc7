import type { FamilyView } from '../src/console/family-view.ts'
import { until } from './duration.ts'

/** More than these would not be read. */
const ROWS = 12
/** From this share of its time on a certificate is marked, as the schedule has its rotation overdue. */
const LATE = 5 / 6

interface End {
  readonly name: string
  readonly what: string
  readonly from: string | undefined
  readonly at: string
}

interface EndsProps {
  readonly view: FamilyView
  readonly now: number
}

/** Certificates, logins and CAs that end by themselves, the next one first. */
export function Ends({ view, now }: EndsProps) {
  const ends = [...endsOfSecrets(view), ...endsOfAuthorities(view)].toSorted(
    (a, b) => Date.parse(a.at) - Date.parse(b.at),
  )
  if (ends.length === 0) return null
  return (
    <section aria-labelledby="ends">
      <h2 id="ends">Expiring next</h2>
      <ol class="rows">
        {ends.slice(0, ROWS).map((end) => (
          <Row key={`${end.what} ${end.name}`} {...end} now={now} />
        ))}
      </ol>
      {ends.length > ROWS && <p class="quiet">the first of {ends.length}</p>}
    </section>
  )
}

function endsOfSecrets({ secrets }: FamilyView): End[] {
  return secrets.flatMap(({ title, kind, expiresAt, versions }) => {
    if (expiresAt === undefined) return []
    const name = title.slice(kind.length).trim()
    return [{ name, what: kind, from: versions[0]?.createdAt, at: expiresAt }]
  })
}

function endsOfAuthorities({ authorities = [] }: FamilyView): End[] {
  return authorities.flatMap((authority) => {
    if (!('generations' in authority)) return []
    return authority.generations.flatMap(({ generation, state, certificate }) => {
      if (certificate === undefined || state === 'retired' || state === 'destroyed') return []
      const { subject, notBefore, notAfter } = certificate
      const what = `ca, generation ${generation}`
      return [{ name: subject, what, from: notBefore, at: notAfter }]
    })
  })
}

function Row({ name, what, from, at, now }: End & { readonly now: number }) {
  const [begin, end] = [from === undefined ? NaN : Date.parse(from), Date.parse(at)]
  const share = (now - begin) / (end - begin)
  const state = now >= end ? 'over' : share >= LATE ? 'late' : 'early'
  return (
    <li class={`end ${state}`}>
      <span>
        {name} <span class="kind">{what}</span>
      </span>
      <span class="meter" aria-hidden="true">
        {!Number.isNaN(share) && (
          <span style={{ width: `${Math.min(100, Math.max(1, share * 100))}%` }} />
        )}
      </span>
      <time dateTime={at}>
        {now >= end ? 'ended' : 'ends'} {until(at, now)}
      </time>
    </li>
  )
}
