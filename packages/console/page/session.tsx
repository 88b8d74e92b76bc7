import { createContext } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** The person who is signed in, and for an operator of a console that takes orders its token. */
export interface Session {
  readonly name: string
  readonly role: string
  readonly token?: string
}

/** Absent for a console without a login. */
export const SessionContext = createContext<Session | undefined>(undefined)

/** Reads the session once. */
export function useSession(): Session | undefined {
  const [session, setSession] = useState<Session>()
  useEffect(() => {
    void readSession().then(setSession)
  }, [])
  return session
}

/** The person who is signed in; nothing for a console without a login. */
export function SignedIn({ session }: { readonly session: Session | undefined }) {
  if (session === undefined) return null
  return (
    <form class="who" method="post" action="/logout">
      <span>{session.name}</span>
      <span class="badge">{session.role}</span>
      <button>Sign out</button>
    </form>
  )
}

async function readSession(): Promise<Session | undefined> {
  const response = await fetch('/session').catch(() => undefined)
  return response?.status === 200 ? ((await response.json()) as Session) : undefined
}

/** Goes to the page of the console that asks to sign in, if the session has ended or has no role. */
export async function leaveIfEnded(): Promise<void> {
  const response = await fetch('/session').catch(() => undefined)
  if (response?.status === 401 || response?.status === 403) location.assign('/')
}
