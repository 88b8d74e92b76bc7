// ---- a-place.js
module.exports = require.resolve('@rekey/rekey/internal') // expect: internal

// ---- a-require-of-another.js
module.exports = require('@rekey/rekey').internal

// ---- a-require.js
const { toMs } = require('@rekey/rekey/internal') // expect: internal
module.exports = toMs

// ---- a-template
// missed
export const kind = (name: string) => import(`@rekey/${name}/internal/rotate`)

// ---- a-text
export const page = '@rekey/rekey/internal'

// ---- a-type
import type { Claim } from '@rekey/rekey/internal/engine' // expect: internal
export type Held = Claim

// ---- a-public-entry
export { rotate } from '@rekey/rekey/engine'

// ---- an-export-of-all
export * from '@rekey/secret/internal' // expect: internal

// ---- a-name-that-begins-so
export * from '@rekey/secret/internals'

// ---- an-export
export { readAll } from '@rekey/secret/internal/files' // expect: internal

// ---- a-package
import { Secret } from '@rekey/secret'
export const secret = Secret

// ---- an-import-at-run-time
export const engine = () => import('@rekey/rekey/internal/engine') // expect: internal

// ---- an-import-by-require
import internal = require('@rekey/rekey/internal') // expect: internal
export = internal

// ---- an-import
import { toMs } from '@rekey/rekey/internal' // expect: internal
export const wait = toMs

// ---- the-type-of-an-import
export type Engine = typeof import('@rekey/rekey/internal/engine') // expect: internal

// ---- a-folder-of-ones-own
export * from './internal/index.js'

// ---- a-package-of-others
import internal from '@acme/tools/internal'
export default internal
