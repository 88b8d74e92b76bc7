import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { beginSignIn, cameBack, enter, finishSignIn, type Person, signOut } from './sign-in.ts'

/** The view of a browser without a session. */
export function SignIn() {
  return (
    <DoorPage title="Sign in">
      <p>
        This console shows the secrets of a family of services: names, versions and counts, and no
        value.
      </p>
      <SignInLink />
    </DoorPage>
  )
}

/** `/login`: goes to the identity provider. */
export function BeginSignIn() {
  const reason = useReason(beginSignIn)
  return reason === undefined ? <Leaving title="Signing in" /> : <Failed reason={reason} />
}

/** `/callback`: where the identity provider sends the browser back to. */
export function FinishSignIn() {
  const reason = useReason(finishSignIn)
  return reason === undefined ? <Leaving title="Signing in" /> : <Failed reason={reason} />
}

/** `/signed-out`: after a sign-out, here or at the identity provider. */
export function SignedOut() {
  const [isBack] = useState(cameBack)
  useEffect(() => {
    void enter().then(({ state }) => {
      if (state === 'open') location.replace('/')
    })
  }, [])
  return (
    <DoorPage title="You are signed out">
      <p>
        Your session at this console has ended.{' '}
        {isBack
          ? 'The identity provider has sent you back from its own sign-out. If you chose there to stay signed in, it still knows this browser.'
          : 'The identity provider may still know this browser: it offers no sign-out, did not answer, or has not sent you back.'}
      </p>
      <SignInLink />
    </DoorPage>
  )
}

/** The view of a person without a role. */
export function Forbidden({ person }: { readonly person: Person }) {
  const { name, subject, issuer, demand } = person
  return (
    <DoorPage title="You may not see this console">
      <p>
        You are signed in as <strong>{name}</strong>, <code>{subject}</code> at{' '}
        <code>{issuer}</code>.
      </p>
      <p>{demand} Ask for one at the identity provider, sign out, and sign in again.</p>
      <SignOut class="button" />
    </DoorPage>
  )
}

/** Signs out. What could not be recorded is shown. */
export function SignOut(attributes: { readonly class?: string }) {
  const [reason, setReason] = useState<string>()
  return (
    <>
      <button type="button" {...attributes} onClick={() => void signOut().then(setReason)}>
        Sign out
      </button>
      {reason !== undefined && <span role="alert">{reason}</span>}
    </>
  )
}

function SignInLink({ text = 'Sign in' }: { readonly text?: string }) {
  return (
    <p>
      <a class="button" href="/login">
        {text}
      </a>
    </p>
  )
}

function Failed({ reason }: { readonly reason: string }) {
  return (
    <DoorPage title="You are not signed in">
      <p>{reason}</p>
      <SignInLink text="Sign in again" />
    </DoorPage>
  )
}

function Leaving({ title }: { readonly title: string }) {
  return (
    <DoorPage title={title}>
      <p>One moment.</p>
    </DoorPage>
  )
}

interface DoorPageProps {
  readonly title: string
  readonly children: ComponentChildren
}

function DoorPage({ title, children }: DoorPageProps) {
  return (
    <>
      <header class="top">
        <p class="brand">
          <img src="/icon.svg" alt="" width="28" height="28" /> Rekey console
        </p>
      </header>
      <main>
        <section class="empty door">
          <h1>{title}</h1>
          {children}
        </section>
      </main>
    </>
  )
}

/** Why what the page does at once has failed; undefined before that. */
function useReason(act: () => Promise<string | undefined>): string | undefined {
  const [reason, setReason] = useState<string>()
  useEffect(() => {
    void act()
      .catch(() => 'A session needs a key, and this browser cannot store one.')
      .then(setReason)
  }, [])
  return reason
}
