import { createPrivateKey } from 'node:crypto'
import { type Canary, spellingsOf } from './canary.ts'

/** So many characters in a row of a secret are found, or what spells them. */
const TELLING = 12
const PEM = /-----BEGIN PRIVATE KEY-----([^-]+)-----END/

/**
 * The parts of a value that appear nowhere by chance: the password of a URL, the secret field of a key, the private number of a PEM file as it stands there.
 * Of a document its members are values of their own.
 */
export function tellingParts(value: string): string[] {
  if (/^\s*[[{]/.test(value)) return []
  if (value.startsWith('postgresql:')) return [decodeURIComponent(new URL(value).password)]
  const pem = PEM.exec(value)?.[1]
  if (pem !== undefined) return numberIn(pem.replaceAll(/\s/g, ''))
  const key = /^[a-z]+_[a-z]+_[^_]+_([^_]+)_[^_]+$/.exec(value)?.[1]
  const noteKey = /^PRIVATE\+KEY\+[^+]+\+[^+]+\+(.+)$/.exec(value)?.[1]
  const part = key ?? noteKey ?? value
  return part.length < 2 * TELLING || part.includes('-----BEGIN') ? [] : [part]
}

/** The digits of base64 that the bytes of the private number alone decide. */
function numberIn(body: string): string[] {
  const der = Buffer.from(body, 'base64')
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const number = Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
  const at = der.indexOf(number)
  return [body.slice(Math.ceil((at * 4) / 3), Math.floor(((at + number.length) * 4) / 3))]
}

/** Finds which of many values can be read in a text, in any of the spellings of {@link spellingsOf}: one pass, however many they are. */
export function createValueSearch(canaries: readonly Canary[]): (text: string) => string[] {
  const windows = new Map<number, Map<string, string>>()
  for (const { label, text } of canaries) {
    for (const [name, spelled] of Object.entries({ text, ...spellingsOf(text) })) {
      const length = Math.ceil((TELLING * spelled.length) / text.length)
      const known = windows.get(length) ?? new Map<string, string>()
      windows.set(length, known)
      for (let at = 0; at + length <= spelled.length; at += 1) {
        const window = spelled.slice(at, at + length)
        if (!known.has(window)) known.set(window, `${label} as ${name}`)
      }
    }
  }
  return (text) => {
    const found = new Set<string>()
    for (const [length, known] of windows) {
      for (let at = 0; at + length <= text.length; at += 1) {
        const label = known.get(text.slice(at, at + length))
        if (label !== undefined) found.add(label)
      }
    }
    return [...found]
  }
}
