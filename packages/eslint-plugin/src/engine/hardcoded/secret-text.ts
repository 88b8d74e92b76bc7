import { isHumanPassword, wordsOf } from '../naming/names.ts'
import { isRandomLooking, isWordy } from './random-text.ts'
import { isPlaceholder } from './placeholders.ts'

/** Last words of secrets that people choose, so that they are short, and made of words. */
const CHOSEN_WORDS = /^(?:passwords?|passwd|pwd|pw|pass|pgpassword|passphrases?|passcode)$/
const CHOSEN_LENGTH = { min: 6, max: 128 }
/** A random text is at least so long, and has none of the signs that code and text have. */
const DRAWN = /^[\w+/=.~:!@#$%^&*-]{16,}$/
/** A shorter text is random if it has letters of both kinds, and digits. */
const SHORT_DRAWN = /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=.~-]{10,}$/
/** `com.example.service`, `API_KEY_NAME`: words, even where they are in no dictionary. */
const NAME = /^(?:[a-z]+|[A-Z]+|[A-Z][a-z]+)(?:[-_.:/](?:[a-z]+|[A-Z]+|[A-Z][a-z]+))+$/

/**
 * Texts that stand for the secret, under its name: a URL, URN, ARN or other reference, what sops encrypted, a hash as
 * crypt(3) and RFC 9106 write it, an address on a blockchain, an object identifier, a sentence or a command.
 */
const STANDS_FOR_IT =
  /^(?:[\w+.-]+:\/\/|urn:|arn:|ENC\[|\$(?:2[abxy]?|argon2\w*|scrypt|pbkdf2[\w-]*|[156y])\$|0x[\da-f]{40}$|\d+(?:\.\d+){3,}$)|\s/i
/** Texts about a password: a selector, path, pattern, header, algorithm or variable, or a way to a text or setting. */
const IS_ABOUT_IT =
  /^(?:[#.[]|var\(|\^|x-|(?:pbkdf2|b?s?crypt|argon2|sha-?\d|md5|aes|hmac))|\$$|\\[dws]/i
const VARIABLE = /^[A-Z]{2,}(?:_[A-Z]+)*\d?$/
const PATH = /^~?(?:\/[A-Za-z][\w.-]*){2,}$/
const WAY = /^[A-Za-z][\w-]*(?:[.:/\\]+[A-Za-z][\w-]*)+$/

/** Weak secrets that people write for want of a better one, and that nothing else is called. */
const WELL_KNOWN =
  /^(?:(?:my|super|top|very|ultra|not-so)[-_ ]?)+s[e3]cr[e3]t(?:[-_ ]?(?:key|token|password))?[-_!\d]*$|^s[e3]cr[e3]t[-_]?\d{2,}!*$|^s3cr[e3]t\w*$|^sh{2,}$|^keyboard cat$/i
/** `shop_secret_key_2024`: is called a secret, and is numbered as no name is. */
const NUMBERED = /^(?=.*(?:secret|jwt|key))(?!.*(?:sha|aes|rsa|hmac))(?=.*\d{3})[\w.!-]{14,}$/i

/** Whether `text`, under the name of a secret, is the secret itself. */
export function isSecretText(text: string, name: string): boolean {
  if (isPlaceholder(text)) return false
  if (WELL_KNOWN.test(text)) return true
  if (STANDS_FOR_IT.test(text)) return false
  return isChosen(name) ? isChosenText(text, name) : isDrawnText(text)
}

function isChosen(name: string): boolean {
  return isHumanPassword(name) || CHOSEN_WORDS.test(wordsOf(name).at(-1) ?? '')
}

/** A password: letters with digits or signs among them, digits, or drawn letters; of a passphrase, four words. */
function isChosenText(text: string, name: string): boolean {
  if (text.length < CHOSEN_LENGTH.min || text.length > CHOSEN_LENGTH.max) return false
  if (/passphrase/i.test(name) && /^(?:[a-z]+[-_.]){3,}[a-z]+$/.test(text)) return true
  if ([IS_ABOUT_IT, VARIABLE, PATH].some((pattern) => pattern.test(text))) return false
  if (WAY.test(text) && isWordy(text)) return false
  const isField = wordsOf(text).join() === wordsOf(name).join()
  const isMixed = /\p{L}/u.test(text) && /\p{N}|[^\p{L}\s.:/_-](?!$)/u.test(text)
  const isDrawn = /[a-z].*[A-Z]|[A-Z].*[a-z]/.test(text) && isRandomLooking(text)
  return (isMixed && !isField) || isDrawn || /^\d+$/.test(text)
}

/** A secret that a machine drew, or that is called one. */
function isDrawnText(text: string): boolean {
  const isLongEnough = DRAWN.test(text) || SHORT_DRAWN.test(text)
  return (isLongEnough && !NAME.test(text) && isRandomLooking(text)) || NUMBERED.test(text)
}

/** States of fields and forms, beside right. */
const STATES =
  /^(?:required|missing|invalid|valid|weak|strong|optional|hidden|visible|changed|unchanged|touched|expired|string|undefined|null)$/i

/** Whether `text`, which a secret called `name` is compared with, is that secret, however weak. */
export function isComparedSecret(text: string, name: string): boolean {
  const isGuess = isChosen(name) && text.length >= CHOSEN_LENGTH.min && !isPlaceholder(text)
  return isSecretText(text, name) || (isGuess && !STATES.test(text) && !/\s/.test(text))
}
