// ---- a-form-with-unsaved-changes.js
export const isDirty = (form) => form.apiKey !== form.initialApiKey || form.url !== form.initialUrl

// ---- a-signature-of-what-is-shown.js
const copies = new Map()

export function refresh(node) {
  const signature = node.outerHTML
  const existing = copies.get(node)
  if (existing?.signature === signature) return
  copies.set(node, { signature })
}

// ---- a-token-that-changed
export class Connection {
  #lastToken = ''

  refresh(token: string) {
    if (token === this.#lastToken) return
    this.#lastToken = token
    this.reconnect()
  }

  reconnect() {}
}

// ---- one-less-of-a-list
export function dedupe(left: { accessToken: string }[], entry: { accessToken: string }) {
  return left.filter((one) => one.accessToken !== entry.accessToken)
}

// ---- props-of-a-component.js
export function shouldUpdate(prevProps, nextProps) {
  return prevProps.accessToken !== nextProps.accessToken
}

// ---- two-secrets-that-must-differ.js
const { JWT_SECRET, REFRESH_TOKEN_SECRET } = process.env

if (JWT_SECRET === REFRESH_TOKEN_SECRET) throw new Error('the two secrets must differ')

// ---- two-states-in-text
export function hasChanged(prevAuth: { token: string }, nextAuth: { token: string }): boolean {
  return JSON.stringify(prevAuth) !== JSON.stringify(nextAuth)
}

// ---- a-list-that-has-changed
export class Kept {
  #written = ''
  keep(secrets: readonly { name: string; revision: number }[], write: () => void) {
    const revisions = JSON.stringify(secrets.map(({ name, revision }) => [name, revision]))
    if (revisions === this.#written) return
    this.#written = revisions
    write()
  }
}
