import { createContext } from 'preact'
import { SignOut } from './door.tsx'
import type { Session } from './sign-in.ts'

/** Absent for a console without a login. */
export const SessionContext = createContext<Session | undefined>(undefined)

/** The person who is signed in; nothing for a console without a login. */
export function SignedIn({ session }: { readonly session: Session | undefined }) {
  if (session === undefined) return null
  return (
    <div class="who">
      <span>{session.name}</span>
      <span class="badge">{session.role}</span>
      <SignOut />
    </div>
  )
}
