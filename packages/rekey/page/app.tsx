import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { FamilyView, SecretView } from '../src/console/family-view.ts'
import { AuditTrail } from './audit-trail.tsx'
import { Authorities } from './authorities.tsx'
import { CallMap } from './call-map.tsx'
import { BeginSignIn, FinishSignIn, Forbidden, SignedOut, SignIn } from './door.tsx'
import { ago } from './duration.ts'
import { Ends } from './ends.tsx'
import { Leaks } from './leaks.tsx'
import { NextSteps } from './next-steps.tsx'
import { SecretCard } from './secret-card.tsx'
import { SessionContext, SignedIn } from './session.tsx'
import { enter, type Entrance, type Session } from './sign-in.ts'
import { useFeed, useNow } from './use-feed.ts'

/** Views by path, beside the console itself. */
const PAGES: ReadonlyMap<string, FunctionComponent> = new Map([
  ['/login', BeginSignIn],
  ['/callback', FinishSignIn],
  ['/signed-out', SignedOut],
])

/** The page. */
export function App() {
  const Page = PAGES.get(location.pathname) ?? Home
  return <Page />
}

/** The console, or why it is not shown. */
function Home() {
  const [entrance, setEntrance] = useState<Entrance>()
  const look = () => void enter().then(setEntrance)
  useEffect(look, [])
  if (entrance === undefined) return null
  if (entrance.state === 'shut') return <SignIn />
  if (entrance.state === 'forbidden') return <Forbidden person={entrance.person} />
  const session = entrance.state === 'open' ? entrance.session : undefined
  return <Console session={session} onRefused={look} />
}

interface ConsoleProps {
  readonly session: Session | undefined
  /** Called where the stream of views is refused. */
  readonly onRefused: () => void
}

function Console({ session, onRefused }: ConsoleProps) {
  const { view, isConnected } = useFeed(onRefused)
  const now = useNow()
  return (
    <SessionContext.Provider value={session}>
      <header class="top">
        <p class="brand">
          <img src="/icon.svg" alt="" width="28" height="28" />
          Rekey console
        </p>
        {view !== undefined && view.environment !== '' && (
          <span class={`badge ${view.environment}`}>{view.environment}</span>
        )}
        <Freshness view={view} isConnected={isConnected} now={now} />
        <SignedIn session={session} />
      </header>
      <main>
        <h1 class="unseen">The secrets of this family</h1>
        <Banner view={view} isConnected={isConnected} />
        {view === undefined ? <Loading /> : <FamilyPage view={view} now={now} />}
      </main>
      <footer>
        Names, versions and counts; no value of a secret is sent to this page.{' '}
        {session?.mayRotate !== true
          ? 'This page is read-only: run commands in your own terminal.'
          : 'What you rotate here is recorded with your name.'}
      </footer>
    </SessionContext.Provider>
  )
}

interface Connection {
  readonly view: FamilyView | undefined
  readonly isConnected: boolean
}

function Freshness({ view, isConnected, now }: Connection & { readonly now: number }) {
  const isLive = isConnected && view !== undefined && view.problem === undefined
  return (
    <p class={isLive ? 'fresh live' : 'fresh'} role="status">
      {isLive ? 'live' : view === undefined ? 'connecting' : 'not live'}
      {view !== undefined && view.readAt !== '' && (
        <span aria-hidden="true">, read {ago(view.readAt, now)}</span>
      )}
    </p>
  )
}

function Banner({ view, isConnected }: Connection) {
  if (!isConnected) {
    return (
      <p class="banner" role="alert">
        The console does not answer. You see its last view; the page reconnects automatically.
      </p>
    )
  }
  if (view?.problem === undefined) return null
  return (
    <p class="banner" role="alert">
      The family cannot be read ({view.problem.code}): {view.problem.message}
    </p>
  )
}

function Loading() {
  return (
    <div class="cards" aria-busy="true">
      {[1, 2, 3].map((n) => (
        <div key={n} class="card skeleton" />
      ))}
    </div>
  )
}

function FamilyPage({ view, now }: { readonly view: FamilyView; readonly now: number }) {
  const { secrets, unreadable, problem, audit, authorities } = view
  if (secrets.length + unreadable.length === 0) {
    if (problem !== undefined) return null
    return (
      <section class="empty">
        <h2>No secret yet</h2>
        <p>
          The family declares no secret that can be rotated. Add one to <code>family.json</code>, or
          run <code>rekey init</code> where your services are.
        </p>
      </section>
    )
  }
  return (
    <>
      <Summary secrets={secrets} />
      <NextSteps view={view} />
      <CallMap secrets={secrets} />
      <Secrets secrets={secrets} now={now} />
      <Ends view={view} now={now} />
      <Authorities authorities={authorities} now={now} />
      <Leaks secrets={secrets} />
      <AuditTrail audit={audit} now={now} />
    </>
  )
}

function Summary({ secrets }: { readonly secrets: readonly SecretView[] }) {
  const replicas = new Map(
    secrets.flatMap(({ holders }) => holders.map((each) => [each.service, each.replicas] as const)),
  )
  const facts = [
    ['secrets', secrets.length],
    ['rotating', secrets.filter(isRotating).length],
    ['due', secrets.filter((secret) => secret.turn?.isDue && !isRotating(secret)).length],
    ['replicas', [...replicas.values()].reduce((sum, n) => sum + n, 0)],
  ] as const
  return (
    <dl class="summary">
      {facts.map(([name, n]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{n}</dd>
        </div>
      ))}
    </dl>
  )
}

function isRotating({ rotation }: SecretView): boolean {
  return rotation?.isOpen === true
}

const FILTERS: ReadonlyMap<string, (secret: SecretView) => boolean> = new Map([
  ['all', () => true],
  ['rotating', isRotating],
  ['needs action', ({ next }) => next.length > 0],
])

interface SecretsProps {
  readonly secrets: readonly SecretView[]
  readonly now: number
}

function Secrets({ secrets, now }: SecretsProps) {
  const [text, setText] = useState('')
  const [filter, setFilter] = useState('all')
  const isIn = FILTERS.get(filter) ?? (() => true)
  const shown = secrets.filter((secret) => isIn(secret) && secret.title.includes(text))
  return (
    <section aria-labelledby="secrets">
      <div class="bar">
        <h2 id="secrets">Secrets</h2>
        <input
          type="search"
          aria-label="Find a secret"
          placeholder="Find a secret"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value)
          }}
        />
        <div class="filters" role="group" aria-label="Which secrets are shown">
          {Array.from(FILTERS.keys(), (name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === filter}
              onClick={() => {
                setFilter(name)
              }}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      {shown.length === 0 ? (
        <p class="quiet">No matches.</p>
      ) : (
        <ul class="cards">
          {shown.map((secret) => (
            <SecretCard key={secret.title} secret={secret} now={now} />
          ))}
        </ul>
      )}
    </section>
  )
}
