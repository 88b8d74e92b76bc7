import { isLowEntropy } from '@rekey/secret/internal'
import { isSecretName } from '../signs/secret-names.ts'

/** How a value stands under its name. */
export type Syntax =
  /** `"name":"value"`, `name: 'value'`, `name="value"` */
  | 'quoted'
  /** `name=value` */
  | 'assigned'
  /** `name: value`, which may be a sentence. */
  | 'said'

/** Masked already, or a place where a value would be. */
const MASKED =
  /^[*•x.#_-]+$|\*{3}|•{3}|^\[.*\]$|^<[\w -]*>?$|^\$\{|^\{\{|^%[sdo]$|redacted|masked|filtered|^\[secret |^\(.*\)$/i

const STATES = new RegExp(
  `^(?:${[
    'true|false|null|undefined|nil|none|nan|yes|no|on|off|ok|n/a|unknown|string|number|boolean|object|function|symbol|buffer',
    'required|missing|invalid|valid|weak|strong|optional|hidden|visible|changed|unchanged|touched|expired|incorrect|wrong',
    'mismatch|set|unset|empty|present|absent|failed|enabled|disabled|rotated|revoked|updated|created|deleted|removed|issued',
    'current|previous|pending|active|inactive|default|basic|bearer|digest|error|failure|success|not|is|was|has|must|cannot',
    'include|omit|same-origin|here|too|the|an?|for|from|in|of|to|and|or|with|not found|not set|too short|too long',
  ].join('|')})$`,
  'i',
)

/** Where a value is kept, not the value: a path, a reference to a store, the name of a resource. */
const REFERENCE =
  /^(?:arn|urn|vault|env|dotenv|file|mount|kubernetes|aws|gcp|op|secretsmanager|sops|ref):|^~?\.{0,2}\/[\w./-]*$|^[a-z]:\\/i

/** `api-key frontend:signing`, `DATABASE_FRONTEND@3fa1c0`, `com.example.token-v2`: words, perhaps numbered. */
const LABEL =
  /^(?:[a-z]{2,}|[A-Z]{2,}|[A-Z][a-z]+)\d{0,2}(?:[-_.:/ ](?:[a-z]+|[A-Z]+|[A-Z][a-z]+|v?\d{1,3})\d{0,2})+(?:@[\w.-]+)?$/

/** Words of secrets that people choose. */
const CHOSEN = /^(?:pass|pwd|pgpass|[a-z]+ pass)/
/** Code that has the value: a call, a template, a type, a member of something, a link. */
const CODE =
  /^(?:await\b|new\b|[A-Za-z_$][\w$.#?]*\(|[A-Za-z_$][A-Za-z_$]*\??\.[#A-Za-z_$][\w$.#?]*$)|^(?:[A-Z][a-z]{2,}){2,}$|\$\{|\]\(|\(\)$/

/** A longer value is judged by its beginning. */
const LONGEST = 1_024

/** Whether a text that stands under a name which ends in `word` is probably a secret, and not a state, a name or a sentence. */
export function looksLikeValue(value: string, word: string, syntax: Syntax): boolean {
  const text = value.slice(0, LONGEST)
  if (text === '' || MASKED.test(text) || STATES.test(text) || REFERENCE.test(text)) return false
  if (word === 'cookie') return /^[\w.-]{1,64}=\S{4}/.test(text)
  if (CODE.test(text) || isNameInCode(text)) return false
  if (/^passphrases?$/.test(word) && syntax === 'quoted') return text.length >= 4
  if (/\s/.test(text) && /^[\p{L}\s.,'’!?:()-]+$/u.test(text)) return false
  return CHOSEN.test(word) ? looksChosen(text, syntax) : looksDrawn(text)
}

/** `dbPassword`, as code has it; of random texts, one in 2,500 ends like a name as well. */
function isNameInCode(text: string): boolean {
  return isSecretName(text) && isLowEntropy(text)
}

function looksChosen(text: string, syntax: Syntax): boolean {
  if (/^\d+$/.test(text)) return syntax !== 'said' && text.length >= 4
  return text.length >= 3 && (syntax !== 'said' || isMixed(text))
}

function looksDrawn(text: string): boolean {
  if (text.length < 6 || LABEL.test(text)) return false
  if (/^\d+$/.test(text)) return text.length >= 16
  return isMixed(text) || !isLowEntropy(text)
}

/** Letters with digits or signs among them, or letters that no word has in a row. */
function isMixed(text: string): boolean {
  return /\p{L}/u.test(text) && (/[\d!#$%^*+=~@&]/.test(text) || !isLowEntropy(text))
}
