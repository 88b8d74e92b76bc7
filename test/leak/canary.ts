import { randomBytes } from 'node:crypto'

/** A value that must never be seen. */
export interface Canary {
  /** What it is, for the report of a sighting. */
  readonly label: string
  readonly text: string
}

/** A stretch this long appears nowhere by chance, and no error needs one: `JSON.parse` shows ten characters. */
const STRETCH = 8

/** A canary of 43 random characters, or with a given text that holds one. */
export function newCanary(label: string, text = randomText()): Canary {
  return { label, text }
}

/** 43 random characters. */
export function randomText(): string {
  return randomBytes(32).toString('base64url')
}

/** Makes the text of a canary. */
export type NewText = (label: string) => string

/** Makes canaries where a text is written, and keeps them. */
export function collectCanaries(): { readonly text: NewText; readonly canaries: Canary[] } {
  const canaries: Canary[] = []
  const text = (label: string) => {
    const canary = newCanary(label)
    canaries.push(canary)
    return canary.text
  }
  return { text, canaries }
}

/** Which canaries can be read in `text`: any eight characters in a row of one, or its ends in another spelling. */
export function sightings(text: string, canaries: readonly Canary[]): string[] {
  return canaries.flatMap(({ label, text: canary }) => {
    if (stretches(canary).some((stretch) => text.includes(stretch))) return [label]
    const found = Object.entries(spellingsOf(canary)).find(([, spelled]) =>
      ends(spelled).some((end) => text.includes(end)),
    )
    return found === undefined ? [] : [`${label} as ${found[0]}`]
  })
}

function stretches(canary: string): string[] {
  const count = Math.max(1, canary.length - STRETCH + 1)
  return Array.from({ length: count }, (_, at) => canary.slice(at, at + STRETCH))
}

function ends(spelled: string): string[] {
  return [spelled.slice(0, 2 * STRETCH), spelled.slice(-2 * STRETCH)]
}

/** How a text may be spelled elsewhere, by the name of the spelling. Shares nothing with the redactor. */
export function spellingsOf(canary: string): Record<string, string> {
  const bytes = Buffer.from(canary)
  const base64 = [0, 1, 2].map((skip) => wholeGroups(bytes.subarray(skip)))
  const hex = bytes.toString('hex')
  return {
    base64: base64[0] ?? '',
    'base64, one byte in': base64[1] ?? '',
    'base64, two bytes in': base64[2] ?? '',
    base64url: Buffer.from(canary.slice(0, -1)).toString('base64url').slice(0, -2),
    hex,
    'upper-case hex': hex.toUpperCase(),
    'percent-encoding': encodeURIComponent(canary),
    'a Buffer that was inspected': hex.replaceAll(/(..)(?=.)/g, '$1 '),
    'a Buffer as JSON': [...bytes].join(','),
    'reversed text': Buffer.from(canary, 'latin1').reverse().toString('latin1'),
  }
}

/** The base64 digits that do not depend on what stands around the bytes. */
function wholeGroups(bytes: Buffer): string {
  return bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64')
}
