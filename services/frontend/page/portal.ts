import { formatDate } from '../src/format-date.ts'
import type { ProfileAnswer } from '../src/profile-answer.ts'
import { fileNameOf, formatProfile } from './openvpn-profile.ts'
import { createKeyAndRequest, type KeyAndRequest } from './signing-request.ts'

const form = find('#create', HTMLFormElement)
const device = find('#device', HTMLInputElement)
const button = find('#create button', HTMLButtonElement)
const outcome = find('#outcome', HTMLElement)

form.addEventListener('submit', (event) => {
  event.preventDefault()
  if (!button.disabled) void create(device.value.trim())
})
button.disabled = false

function find<T extends Element>(
  selector: string,
  type: new () => T,
  within: ParentNode = document,
): T {
  const found = within.querySelector(selector)
  if (found instanceof type) return found
  throw new Error(`the page has no ${selector}`)
}

/** The key of the last order that was not answered with a profile: sent again, it is the same order, and one profile at most comes of it. */
let unanswered: (KeyAndRequest & { readonly name: string }) | undefined

/** Makes a key, sends the request for its certificate, and hands both to the person as one file. The key is in no request. */
async function create(name: string): Promise<void> {
  button.disabled = true
  show('', 'Creating a key in this browser…')
  try {
    if (unanswered?.name !== name) unanswered = { ...(await createKeyAndRequest()), name }
    const { privateKey, csr } = unanswered
    show('', 'Signing the certificate…')
    const response = await sendOrder(JSON.stringify({ csr, device: name }))
    if (response.ok) succeed((await response.json()) as ProfileAnswer, privateKey)
    else await fail(response)
    const mayBeIssued = response.status >= 500 || response.status === 409
    if (!mayBeIssued) unanswered = undefined
  } catch {
    show('bad', `The portal cannot be reached. Check your connection, then try again. ${AGAIN}`)
  }
  button.disabled = false
  outcome.focus()
}

const AGAIN = 'While this page stays open, a retry creates no second profile.'
const TRIES = 3
const PAUSE_MS = 1_000

/** Sends an order, again where no answer comes. */
async function sendOrder(body: string): Promise<Response> {
  const headers = { accept: 'application/json', 'content-type': 'application/json' }
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await fetch('/profiles', { method: 'POST', headers, body })
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
}

function succeed(profile: ProfileAnswer, privateKey: string): void {
  const file = new Blob([formatProfile(profile, privateKey)], {
    type: 'application/x-openvpn-profile',
  })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(file)
  link.download = fileNameOf(profile.device)
  link.textContent = `download ${link.download} again`
  addCard(profile)
  form.reset()
  show(
    'good',
    `The profile of “${profile.device}” is ready: open the downloaded file with OpenVPN. The key exists only in that file. Before you leave this page you can `,
    link,
  )
  link.click()
}

async function fail(response: Response): Promise<void> {
  if (response.status === 401) {
    const link = document.createElement('a')
    link.href = '/login'
    link.textContent = 'Sign in again'
    show('bad', 'Your session has ended. No profile was created. ', link)
    return
  }
  if (response.status >= 500) {
    show('bad', `The portal has a problem. Try again in a few minutes. ${AGAIN}`)
    return
  }
  const { error } = (await response.json()) as { readonly error: string }
  show('bad', `No profile was created: ${error}.`)
}

function show(state: 'bad' | 'good' | '', text: string, ...more: readonly Node[]): void {
  outcome.className = state
  outcome.replaceChildren(text, ...more)
}

/** Adds the profile to the list, as the server would show it. */
function addCard({ device: name, serial, createdAt, notAfter }: ProfileAnswer): void {
  const { content } = find('#profile', HTMLTemplateElement)
  const card = find('li', HTMLElement, content).cloneNode(true) as HTMLElement
  find('h3', HTMLElement, card).textContent = name
  find('.created', HTMLElement, card).textContent = formatDate(new Date(createdAt))
  find('.expires', HTMLElement, card).textContent = formatDate(new Date(notAfter))
  find('.serial', HTMLElement, card).textContent = serial
  find('.unseen', HTMLElement, card).textContent = ` ${name}`
  find('a', HTMLAnchorElement, card).href = `/profiles/${encodeURIComponent(serial)}/revoke`
  find('#profiles', HTMLElement).prepend(card)
  find('#empty', HTMLElement).hidden = true
}
