import crypto, { type BinaryLike, type ScryptOptions } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

type Callback = (error: Error | null, key: Buffer) => void

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
  const recalling = (
    password: BinaryLike,
    salt: BinaryLike,
    length: number,
    options: ScryptOptions,
    callback: Callback,
  ): void => {
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
  }
  Object.assign(crypto, { scrypt: recalling })
  syncBuiltinESMExports()
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
  const derive = (
    password: BinaryLike,
    salt: BinaryLike,
    length: number,
    options: ScryptOptions,
    callback: Callback,
  ): void => {
    const key = crypto.hkdfSync('sha256', password, salt, JSON.stringify(options), length)
    setImmediate(callback, null, Buffer.from(key))
  }
  Object.assign(crypto, { scrypt: derive })
  syncBuiltinESMExports()
}
