import { useEffect, useState } from 'preact/hooks'

interface Person {
  readonly name: string
  readonly role: string
}

/** The person who is signed in; nothing for a console without a login. */
export function SignedIn() {
  const [person, setPerson] = useState<Person>()
  useEffect(() => {
    void readPerson().then(setPerson)
  }, [])
  if (person === undefined) return null
  return (
    <form class="who" method="post" action="/logout">
      <span>{person.name}</span>
      <span class="badge">{person.role}</span>
      <button>Sign out</button>
    </form>
  )
}

async function readPerson(): Promise<Person | undefined> {
  const response = await fetch('/session').catch(() => undefined)
  return response?.status === 200 ? ((await response.json()) as Person) : undefined
}

/** Goes to the page of the console that asks to sign in, if the session has ended or has no role. */
export async function leaveIfEnded(): Promise<void> {
  const response = await fetch('/session').catch(() => undefined)
  if (response?.status === 401 || response?.status === 403) location.assign('/')
}
