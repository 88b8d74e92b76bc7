import { generateKeyPairSync, randomInt } from 'node:crypto'
import { issueApiKey } from '@rekey/api-key-auth'

const DIGITS = '0123456789'
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** What a placeholder in the corpus stands for: `RANDOM_API_KEY`, `RANDOM_ALNUM_24`. */
const MAKERS: Readonly<Record<string, (length: number) => string>> = {
  API_KEY: () => issueApiKey({ environment: 'prod' }).text.expose(),
  PRIVATE_KEY: newPrivateKey,
  ALNUM: (length) => randomOf(`${DIGITS}${LETTERS}`, length),
  HEX: (length) => randomOf(`${DIGITS}abcdef`, length),
}

/** `text` with a fresh value for each placeholder, so that nothing that looks like a secret is ever committed. */
export function fillRandom(text: string): string {
  return text.replaceAll(
    /RANDOM_([A-Z]+(?:_[A-Z]+)*)(?:_(\d+))?/g,
    (_whole, maker: string, length = '0') => {
      const make = MAKERS[maker]
      if (make === undefined) throw new Error(`the corpus has no placeholder RANDOM_${maker}`)
      return make(Number(length))
    },
  )
}

/** A private key in PEM. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function randomOf(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
