// @reports kept
import type { Secret } from '../../secret.ts'
export class Keystore {
  #passphrase: Buffer | undefined
  async open(read: () => Promise<Secret>) {
    this.#passphrase = Buffer.from((await read()).expose(), 'utf8')
  }
  close() {
    this.#passphrase?.fill(0)
  }
}
