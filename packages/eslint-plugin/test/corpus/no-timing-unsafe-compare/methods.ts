// ---- a-body-that-includes-the-token
import { secret } from '../../secret.ts'

export const isOurs = (body: string) => body.includes(secret.expose()) // expect: secretCompared

// ---- a-search-for-the-token
import { secret } from '../../secret.ts'

export const isOurs = (path: string) =>
  path.search(secret.expose()) >= 0 || path.match(secret.expose()) !== null // expect: secretCompared

// ---- buffer-compare
import { secret } from '../../secret.ts'

export function isKey(presented: Buffer): boolean {
  return Buffer.compare(presented, Buffer.from(secret.expose(), 'hex')) === 0 // expect: secretCompared
}

// ---- buffer-equals
import { secret } from '../../secret.ts'

export const isKey = (presented: string) =>
  Buffer.from(presented).equals(Buffer.from(secret.expose())) // expect: secretCompared

// ---- compare-of-a-buffer
import { Buffer } from 'node:buffer'
import { secret } from '../../secret.ts'

const key = Buffer.from(secret.expose(), 'utf8')
export const isKey = (presented: Buffer) => presented.compare(key) === 0 // expect: secretCompared

// ---- index-of-the-token
import { secret } from '../../secret.ts'

export const isOurs = (path: string) => path.indexOf(secret.expose()) !== -1 // expect: secretCompared

// ---- locale-compare
import { secret } from '../../secret.ts'

export const isKey = (presented: string) => presented.localeCompare(secret.expose()) === 0 // expect: secretCompared

// ---- starts-with-the-secret
import { secret } from '../../secret.ts'

export function isInternal(header: string): boolean {
  return header.startsWith(`Token ${secret.expose()}`) // expect: secretCompared
}
