// ---- overwritten-before-it-is-read
import { secret } from '../../secret.ts'
declare function send(key: string): void
let line = `key ${secret.expose()}`
send(line)
line = 'sent'
console.log(line)

// ---- a-replacement
import { secret } from '../../secret.ts'
const template = 'KEY=$KEY'
console.log(template.replace('$KEY', () => secret.expose())) // expect: exposedSecret

// ---- a-placeholder-over-the-spread
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
console.log('settings', { ...settings, key: '[redacted]' })

// ---- another-property-deleted
import { secret } from '../../secret.ts'
const request: { id?: number; key?: string } = { id: 1, key: secret.expose() }
delete request.id
console.log(request) // expect: exposedSecret

// ---- a-property-deleted-from-a-copy
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown: Partial<typeof settings> = { ...settings }
delete shown.key
console.log(shown)

// ---- assigned-if-missing
import { secret } from '../../secret.ts'
let key: string | undefined
key ??= secret.expose()
console.log(key) // expect: exposedSecret

// ---- wiped-at-once
import { secret } from '../../secret.ts'
declare function connect(password: string): Promise<void>
let password: string | undefined = secret.expose()
await connect(password)
password = undefined
console.log({ password })

// ---- assigned-into-an-object
import { secret } from '../../secret.ts'
const options = { timeout: 1_000 }
Object.assign(options, { key: secret.expose() })
console.log('options', options) // expect: exposedSecret

// ---- the-rest-of-what-a-function-gives
import { secret } from '../../secret.ts'
const read = () => ({ host: 'localhost', key: secret.expose() })
const { key, ...rest } = read()
console.log(rest)

// ---- a-property-overwritten-with-a-placeholder
import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown = { ...settings }
shown.key = '[redacted]'
console.log(shown, shown.key)

// ---- deleted-too-late
import { secret } from '../../secret.ts'
const request: { key?: string } = { key: secret.expose() }
console.log(request) // expect: exposedSecret
delete request.key

// ---- undefined-over-the-spread
import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
await fetch('https://example.com', options)
console.log({ ...options, headers: undefined })

// ---- overwritten-in-a-loop-that-reads-it-first
import { secret } from '../../secret.ts'
let key = secret.expose()
for (let attempt = 0; attempt < 3; attempt += 1) {
  console.log(attempt, key) // expect: exposedSecret
  key = ''
}

// ---- overwritten-only-in-a-branch
import { secret } from '../../secret.ts'
export function report(isProduction: boolean) {
  let key = secret.expose()
  if (isProduction) key = '[redacted]'
  console.log(key) // expect: exposedSecret
}

// ---- overwritten-too-late
import { secret } from '../../secret.ts'
let key = secret.expose()
console.log(key) // expect: exposedSecret
key = ''

// ---- spread-over-the-placeholder
import { secret } from '../../secret.ts'
const settings = { id: 1, key: secret.expose() }
console.log({ key: '[redacted]', ...settings }) // expect: exposedSecret

// ---- overwritten-in-every-turn
import { secret } from '../../secret.ts'
declare function send(text: string): void
let text = ''
for (const name of ['a', 'b']) {
  text = name
  console.log(text)
  text += secret.expose()
  send(text)
}

// ---- yielded-and-spread
function* secrets() {
  yield secret.expose()
}
console.log([...secrets()]) // expect: exposedSecret
