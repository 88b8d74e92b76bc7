// ---- a-promise-that-is-made-here
import { secret } from '../../secret.ts'
const loading = new Promise<string>((resolve) => {
  setTimeout(() => resolve(secret.expose()), 10)
})
console.log(await loading) // expect: exposedSecret

// ---- a-promise-of-a-fingerprint
import { secret } from '../../secret.ts'
interface Fingerprint {
  readonly hex: string
}
async function identify(key: string): Promise<Fingerprint> {
  return { hex: key.slice(0, 8) }
}
console.log(await identify(secret.expose()))

// ---- an-error-that-a-function-of-the-file-throws
import { secret } from '../../secret.ts'
function check(key: string) {
  if (key.length < 32) throw new Error(`too short: ${key}`)
}
try {
  check(secret.expose())
} catch (error) {
  console.error(error) // expect: exposedSecret
}

// ---- an-error-of-another-try
import { secret } from '../../secret.ts'
try {
  throw new Error(secret.expose())
} catch {
  console.error('refused')
}
try {
  throw new Error('closed')
} catch (error) {
  console.error(error)
}

// ---- an-error-that-a-promise-brings
import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().catch((error) => console.error(error)) // expect: exposedSecret

// ---- an-error-that-is-caught-further-in
import { secret } from '../../secret.ts'
declare function open(): void
try {
  try {
    throw new Error(secret.expose())
  } catch {
    console.error('refused')
  }
  open()
} catch (error) {
  console.error(error)
}

// ---- an-error-with-details-of-our-own
import { secret } from '../../secret.ts'
class ConfigError extends Error {
  constructor(readonly details: object) {
    super('bad configuration')
  }
}
console.error(new ConfigError({ key: secret.expose() })) // expect: exposedSecret

// ---- one-of-several-promises
import { secret } from '../../secret.ts'
declare function ping(): Promise<number>
const [ms, key] = await Promise.all([ping(), secret.expose()])
console.log(ms, key) // expect: exposedSecret

// ---- the-other-promise
import { secret } from '../../secret.ts'
declare function ping(): Promise<number>
const [ms, key] = await Promise.all([ping(), secret.expose()])
console.log(`answered in ${ms} ms`)

// ---- options-that-are-sent-and-then-printed
import { secret } from '../../secret.ts'
const options = { method: 'POST', headers: { authorization: `Bearer ${secret.expose()}` } }
const response = await fetch('https://example.com', options)
if (!response.ok) console.error('failed', options) // expect: exposedSecret

// ---- several-errors-in-one
import { secret } from '../../secret.ts'
console.error(new AggregateError([new Error(`refused: ${secret.expose()}`)])) // expect: exposedSecret

// ---- the-message-of-an-error-without-it
import { secret } from '../../secret.ts'
try {
  if (secret.expose() === '') throw new Error(`${secret.label} is empty`)
} catch (error) {
  if (error instanceof Error) console.error(error.message)
}

// ---- the-message-of-an-error-that-is-caught
import { secret } from '../../secret.ts'
try {
  throw new Error(`refused: ${secret.expose()}`)
} catch (error) {
  if (error instanceof Error) console.error(error.message) // expect: exposedSecret
}

// ---- an-error-of-a-call-that-takes-it
import { secret } from '../../secret.ts'
declare function connect(key: string): void
try {
  connect(secret.expose())
} catch (error) {
  console.error(error)
}

// ---- the-second-handler-of-then
import { secret } from '../../secret.ts'
async function connect() {
  throw new Error(`refused: ${secret.expose()}`)
}
connect().then(
  () => console.log('connected'),
  (error) => console.error(error), // expect: exposedSecret
)

// ---- what-a-failed-command-says
import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
try {
  execFileSync('vault', ['login', secret.expose()])
} catch (error) {
  console.error(error) // expect: exposedSecret
}

// ---- what-the-json-parser-says
import { secret } from '../../secret.ts'
try {
  JSON.parse(secret.expose())
} catch (error) {
  console.error('the key is no JSON', error) // expect: exposedSecret
}
