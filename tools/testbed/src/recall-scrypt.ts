import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

type Derive = (
  password: BinaryLike,
  salt: BinaryLike,
  length: number,
  options: ScryptOptions,
  callback: (error: Error | null, key: Buffer) => void,
) => void

/** The keys that scrypt has derived in this process. */
export interface DerivedKeys {
  /** Has each key derived anew from now on. */
  forget(): void
}

const bytesOf = (text: BinaryLike) => (typeof text === 'string' ? Buffer.from(text) : text)

/**
 * Has `scrypt` of this process derive a key once for each password, salt and cost: later calls get a copy of it. The files of a CA
 * cost 128 MiB and 400 ms each time they are opened, and tests open the same ones again and again.
 */
export function recallScrypt(): DerivedKeys {
  const { scrypt } = crypto
  const keys = new Map<string, Buffer>()
  install((password, salt, length, options, callback) => {
    const id = crypto
      .createHmac('sha256', bytesOf(salt))
      .update(JSON.stringify([length, options]))
      .update(bytesOf(password))
      .digest('hex')
    const known = keys.get(id)
    // Each caller wipes its key, so each gets a copy.
    if (known !== undefined) setImmediate(callback, null, Buffer.from(known))
    else {
      scrypt(password, salt, length, options, (error, key) => {
        if (error === null) keys.set(id, Buffer.from(key))
        callback(error, key)
      })
    }
  })
  return {
    forget: () => {
      keys.clear()
    },
  }
}

/**
 * Has `scrypt` of this process derive other keys, at no cost: only this process opens what is encrypted with them. For tests that make
 * files with passphrases again and again, each with a salt of its own.
 */
export function replaceScrypt(): void {
  install((password, salt, length, options, callback) => {
    const key = crypto.hkdfSync('sha256', password, salt, JSON.stringify(options), length)
    setImmediate(callback, null, Buffer.from(key))
  })
}

function install(scrypt: Derive): void {
  Object.assign(crypto, { scrypt })
  syncBuiltinESMExports()
}
