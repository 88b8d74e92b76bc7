import type { Owner } from './owner.ts'
import { isLowEntropy, isMaskable } from '@rekey/secret/internal'
import { plainText } from './plain-text.ts'
import { MIN_FORM, type ValueIndex } from './value-index.ts'
import { type ValuePart, valueParts } from './value-parts.ts'

/** Characters of a secret in a row that could not be chance. */
const ENOUGH = 12

/**
 * The digits of base64 that the bytes of `text` alone decide where `before` bytes come first (RFC 4648 section 4): those in which no
 * neighbouring byte has a part.
 */
function base64After(text: string, before: number): string {
  const bytes = Buffer.from(text)
  const padded = Buffer.concat([Buffer.alloc(before), bytes])
  const digits = padded.toString('base64url')
  return digits.slice(Math.ceil((before * 8) / 6), Math.floor((padded.length * 8) / 6))
}

/** Base64 of less is shorter than the runs that {@link printedRuns} finds at every place. */
const READ_FROM = 20

/**
 * The texts that a line is searched for. Spellings are read out of the line, by {@link readPlain} and {@link byteRuns}, but for those
 * of short values, and blanks as plus signs.
 */
function formsOf(text: string): Map<string, string> {
  const forms = new Map([[text, 'text']])
  const add = (spelled: string, encoding: string) => {
    if (!forms.has(spelled)) forms.set(spelled, encoding)
  }
  const bytes = Buffer.from(text).toString('latin1')
  for (const spelled of [bytes, plainText(text), plainText(bytes)]) add(spelled, 'text')
  for (const blanks of text.includes(' ') ? [text, bytes] : []) {
    const pluses = blanks.replaceAll(' ', '+')
    for (const spelled of [pluses, plainText(pluses)]) add(spelled, 'form')
  }
  for (const before of text.length < READ_FROM ? [0, 1, 2] : []) {
    const digits = base64After(text, before)
    add(digits, 'base64')
    add(digits.replaceAll('-', '+').replaceAll('_', '/'), 'base64')
  }
  return forms
}

/** Removes the forms of one text from the index. */
export type Forget = () => void

/**
 * Adds the forms of `value` to the index.
 *
 * @param inner what of it is secret, where the rest is public
 * @returns `undefined` if the value is too short or of too low entropy to be masked wherever it appears
 */
export function indexValue(
  index: ValueIndex<Owner>,
  value: string,
  owner: Pick<Owner, 'name' | 'version'>,
  minLength: number,
  inner?: string,
): Forget | undefined {
  if (!isMaskable(value, minLength)) return undefined
  const from = inner === undefined ? -1 : value.indexOf(inner)
  const parts: readonly ValuePart[] =
    from < 0 ? valueParts(value) : [{ text: value, within: [from, from + (inner?.length ?? 0)] }]
  const removals: Forget[] = []
  const add = (text: string, secret: string, encoding: string, within?: ValuePart['within']) => {
    if (secret.length < MIN_FORM) return
    const enough = isLowEntropy(secret) ? secret.length : Math.min(secret.length, ENOUGH)
    const whole: Owner = {
      ...owner,
      kind: 'secret',
      encoding,
      entered: owner,
    }
    removals.push(
      index.add({ text, enough, owner: whole, ...(within !== undefined && { within }) }),
    )
  }
  for (const { text, within } of parts.filter((part) => isMaskable(part.text, minLength))) {
    const secret = text.slice(...(within ?? []))
    if (within !== undefined) add(text, secret, 'text', within)
    for (const [spelled, encoding] of formsOf(secret)) add(spelled, spelled, encoding)
  }
  return () => {
    for (const remove of removals) remove()
  }
}
