// ---- a-body-of-any-kind
import { secret } from '../../secret.ts'
const body: any = { grant_type: 'client_credentials', client_secret: secret } // expect typed: hidden
export default body

// ---- a-part-of-what-another-file-gives
import { drawer } from '../../vault.ts'
export const held: Record<string, unknown> = { left: drawer.left } // expect typed: hidden

// ---- a-value-in-a-value-of-a-dictionary
import { secret } from '../../secret.ts'
const config: Record<string, unknown> = {
  database: { host: 'localhost', password: secret }, // expect typed: hidden
}
export default config

// ---- a-value-of-a-dictionary
import { secret } from '../../secret.ts'
const headers: Record<string, unknown> = { accept: '*/*', authorization: secret } // expect typed: hidden
export default headers

// ---- an-element-of-a-list
import { secret } from '../../secret.ts'
const parameters: unknown[] = ['frontend', secret] // expect typed: hidden
export default parameters

// ---- another-name-for-any
import { secret } from '../../secret.ts'
type Bag = any
export const bag: Bag = { host: 'localhost', secret } // expect typed: hidden

// ---- in-one-of-two-objects
import { secret } from '../../secret.ts'
const fields: Record<string, unknown> = process.argv.length > 2 ? { secret } : {} // expect typed: hidden
export default fields

// ---- options-of-a-call
import { secret } from '../../secret.ts'
declare function saveClient(id: string, fields: Record<string, unknown>): Promise<void>
await saveClient('vpn', { secret }) // expect typed: hidden

// ---- pairs-of-a-map-of-anything
import { secret } from '../../secret.ts'
export const registry = new Map<string, unknown>([
  ['host', 'localhost'],
  ['password', secret], // expect typed: hidden
])

// ---- shorthand-in-a-named-dictionary
import { secret } from '../../secret.ts'
interface Fields {
  [name: string]: unknown
}
const fields: Fields = { at: Date.now(), secret } // expect typed: hidden
export default fields

// ---- what-a-function-gives-back
import type { SecretVersion } from '../../secret.ts'
export function toContext({ version, value }: SecretVersion): Record<string, unknown> {
  return { version, value } // expect typed: hidden
}
