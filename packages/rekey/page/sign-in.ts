import { ask, createKey, dropKey, keepKey, publicOf } from './origin-key.ts'

/** Of this tab, and so of the sign-in that it began: what comes back in another one is not finished. */
const ATTEMPT = 'rekey-sign-in'
const SIGN_OUT = 'rekey-sign-out'
const ORDER = 'rekey-order'

/** A person of a session, or why there is none. */
export type Entrance =
  | { readonly state: 'open'; readonly session?: Session }
  | { readonly state: 'shut' }
  | { readonly state: 'forbidden'; readonly person: Person }
  | { readonly state: 'silent' }

/** The person who is signed in. */
export interface Session {
  readonly name: string
  readonly role: string
  /** Whether the console takes orders of this person. */
  readonly mayRotate?: boolean
}

/** A person without a role, and which values give one. */
export interface Person {
  readonly name: string
  readonly subject: string
  readonly issuer: string
  readonly demand: string
}

/** Asks the console who is signed in. A console without a login is open. */
export async function enter(): Promise<Entrance> {
  const response = await ask('GET', '/session')
  if (response?.status === 204) return { state: 'open' }
  if (response?.status === 200) {
    return { state: 'open', session: (await response.json()) as Session }
  }
  if (response?.status === 403) {
    return { state: 'forbidden', person: (await response.json()) as Person }
  }
  return { state: response?.status === 401 ? 'shut' : 'silent' }
}

/**
 * Goes to the identity provider.
 *
 * @param title the secret that has leaked: the person is asked to sign in anew, and it is rotated then
 * @returns why it does not
 */
export async function beginSignIn(title?: string): Promise<string | undefined> {
  const order = title === undefined ? {} : { title, confirmed: title }
  const response = await ask('POST', '/login', { body: JSON.stringify(order) })
  const answer = await readAnswer(response)
  if (answer['url'] === undefined) return reasonOf(answer)
  sessionStorage.setItem(ATTEMPT, answer['attempt'] ?? '')
  location.assign(answer['url'])
  return undefined
}

/**
 * Finishes the sign-in with which the identity provider has sent the browser back.
 *
 * @returns why it is not finished
 */
export async function finishSignIn(): Promise<string | undefined> {
  const attempt = sessionStorage.getItem(ATTEMPT) ?? ''
  sessionStorage.removeItem(ATTEMPT)
  const { search: query } = location
  // The code is in no history.
  history.replaceState(undefined, '', '/callback')
  const pair = await createKey()
  const body = JSON.stringify({ query, attempt, key: await publicOf(pair) })
  const response = await ask('POST', '/callback', { body })
  const answer = await readAnswer(response)
  if (response?.ok !== true) return reasonOf(answer)
  const { title } = answer
  if (title === undefined) await keepKey(pair)
  else sessionStorage.setItem(ORDER, title)
  location.replace('/')
  return undefined
}

/** Whether this tab has come back from a sign-in for this order. Once. */
export function takeOrder(title: string): boolean {
  if (sessionStorage.getItem(ORDER) !== title) return false
  sessionStorage.removeItem(ORDER)
  return true
}

/** Ends the session, and goes to the sign-out of the identity provider, where there is one. */
export async function signOut(): Promise<string | undefined> {
  const response = await ask('POST', '/logout', { body: '{}' })
  if (response === undefined) return reasonOf({})
  await dropKey()
  const { url, state, code, message } = await readAnswer(response)
  if (response.status === 503) return reasonOf({ code, message })
  sessionStorage.setItem(SIGN_OUT, state ?? '')
  location.assign(url ?? '/signed-out')
  return undefined
}

/** Whether the identity provider has sent this tab back from its own sign-out. */
export function cameBack(): boolean {
  const kept = sessionStorage.getItem(SIGN_OUT) ?? ''
  sessionStorage.removeItem(SIGN_OUT)
  const states = new URLSearchParams(location.search).getAll('state')
  return kept !== '' && states.length === 1 && states[0] === kept
}

type Answer = Readonly<Record<string, string | undefined>>

async function readAnswer(response: Response | undefined): Promise<Answer> {
  const none: Answer = {}
  return ((await response?.json().catch(() => undefined)) as Answer | undefined) ?? none
}

function reasonOf({ code, message }: Answer): string {
  return message === undefined ? 'The console does not answer.' : `${message} (${code})`
}
