import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing, replaceFile } from '@rekey/secret/internal/files'
import { z } from 'zod'
import { readIfPresent } from '../protected-files.ts'
import type { Issuer } from '../issuer.ts'
import { findIssuedKeys } from '../record/find-issued.ts'
import { readSignCounts } from '../sign-counts.ts'
import { readSignedJson, signStatement } from '../signed-statement.ts'
import { type IssuedCrl, issueCrl } from './issue-crl.ts'
import { NUMBER_CEILING, parseCrl } from './parse-crl.ts'
import {
  parseRegister,
  notSigned,
  readNumber,
  type RegisteredRevocation,
  registerContent,
  registerSchema,
  type RevocationRegister,
  signRegister,
} from './revocation-register.ts'
import type { RevokedCertificate } from './revoked-certificate.ts'

/** A list to be signed after the last one. */
export interface ListOrder {
  /** That of the last list, and one. */
  readonly number: bigint
  /** With the end of each certificate; default that of the CA. */
  readonly revoked: readonly (RevokedCertificate & Partial<RegisteredRevocation>)[]
  readonly validityMs?: number
}

/** A list, and the register of its revocations. */
export interface SignedList {
  readonly issued: IssuedCrl
  /** The text of `revocations.json`. */
  readonly register: string
}

/** The newest texts that a publisher has; either may be older, or absent. */
export interface KnownLists {
  /** Of `revocations.json`. */
  readonly register?: string | undefined
  /** Of `crl.pem`. */
  readonly list?: string | undefined
}

/** Signs the lists of a CA, none of which falls behind the one before. */
export interface ListSigner {
  /**
   * Continues from the last list that was signed: that of this signer, or a later one of the same key that the publisher has.
   *
   * @returns the last list; `undefined` for a CA that has signed none
   * @throws {SecretError} `rejected`, `malformed` or `refused` for a text that is not of this CA
   */
  continueFrom(known: KnownLists): Promise<RevocationRegister | undefined>
  /**
   * Signs the next list and its register.
   *
   * @throws {SecretError} `refused` with the reason `crl-number` for another number than the next one, `crl-shorter` for a list without
   *   a revocation that the last one has and that has not ended; `missing` with the reason `crl-lost` if the last list is not known
   */
  sign(order: ListOrder): Promise<SignedList>
  /** Whether a key was revoked as compromised, by the SHA-256 of its `SubjectPublicKeyInfo`. */
  isCompromised(spki: string): Promise<boolean>
}

/** The last list that a CA has signed. */
interface LastList extends RevocationRegister {
  /** Of the list; unknown for one of which only the register is there. */
  readonly thisUpdate?: Date | undefined
  /** SHA-256 of the keys that were ever revoked as compromised, hexadecimal. */
  readonly compromised: readonly string[]
}

/** In the directory of the keystore, and signed by its key. */
const FILE = 'crl.state'
const KIND = 'list state'
const MAX_BYTES = 64 * 1024 * 1024
const COMPROMISED: readonly unknown[] = ['keyCompromise', 'cACompromise']
const NONE: LastList = { number: 0n, revoked: [], compromised: [] }

const CONTENT = registerSchema.extend({
  thisUpdate: z.iso
    .datetime()
    .transform((text) => new Date(text))
    .optional(),
  compromised: z.array(z.string().regex(/^[0-9a-f]{64}$/)),
})

/** The signer of the lists of one open key. */
export class ListState implements ListSigner {
  readonly #issuer: Issuer
  #last = NONE
  /** Of the file that was read last. */
  #mark = ''
  /** Each list waits for the one before. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(issuer: Issuer) {
    this.#issuer = issuer
  }

  continueFrom({ register, list }: KnownLists): Promise<RevocationRegister | undefined> {
    return this.#inTurn(async () => {
      await this.#refresh()
      const { ca } = this.#issuer
      if (register !== undefined) await this.#adopt(parseRegister(register, ca))
      if (list !== undefined) {
        const { number, thisUpdate, revoked } = parseCrl(list, ca.chain)
        // A list does not have the ends of its certificates, of which none is after that of the CA.
        const ends = new Map(this.#last.revoked.map((one) => [one.serial, one.notAfter]))
        const rows = revoked.map((one) => ({
          ...one,
          notAfter: ends.get(one.serial) ?? ca.notAfter,
        }))
        await this.#adopt({ number, revoked: rows })
        const { thisUpdate: known } = this.#last
        if (known === undefined || known < thisUpdate) this.#last = { ...this.#last, thisUpdate }
      }
      return this.#last.number === 0n ? undefined : this.#last
    })
  }

  sign(order: ListOrder): Promise<SignedList> {
    return this.#inTurn(async () => {
      await this.#refresh()
      const { clock, ca } = this.#issuer
      await this.#checkWhole()
      checkNext(this.#last, order, clock.now())
      const issued = await issueCrl(this.#issuer, order)
      const ends = new Map(this.#last.revoked.map((one) => [one.serial, one.notAfter]))
      const rows = order.revoked.map((one) => {
        const end = one.notAfter ?? ca.notAfter
        const known = ends.get(one.serial)
        return { ...one, notAfter: known !== undefined && known > end ? known : end }
      })
      const register = { number: order.number, revoked: rows }
      const next = await this.#following({ ...register, thisUpdate: issued.thisUpdate })
      await this.#write(next)
      this.#last = next
      return { issued, register: await signRegister(register, this.#issuer) }
    })
  }

  async isCompromised(spki: string): Promise<boolean> {
    await this.#inTurn(() => this.#refresh())
    return this.#last.compromised.includes(spki)
  }

  /** Whether the last list has a certificate. */
  async isRevoked(serial: string): Promise<boolean> {
    await this.#inTurn(() => this.#refresh())
    return this.#last.revoked.some((one) => one.serial === serial)
  }

  /** Reads what another process of the same key has signed since. A file that is older than what this one knows is not believed. */
  async #refresh(): Promise<void> {
    const { directory, ca } = this.#issuer
    const path = join(directory, FILE)
    const mark = await markOf(path)
    if (mark === this.#mark) return
    const text = await readIfPresent(path, 'key', MAX_BYTES)
    if (text !== undefined) {
      const read = readSignedJson({ kind: KIND, schema: CONTENT }, text, ca.publicKey)
      if (read === undefined) throw notSigned(path, 'list-state')
      const compromised = union(this.#last.compromised, read.compromised)
      const newest = read.number > this.#last.number ? read : this.#last
      this.#last = { ...newest, compromised }
    }
    this.#mark = mark
  }

  async #adopt(register: RevocationRegister): Promise<void> {
    if (register.number > this.#last.number) this.#last = await this.#following(register)
  }

  /** The keys of certificates revoked as compromised are kept for good, though their certificates leave the lists. */
  async #following(register: Omit<LastList, 'compromised'>): Promise<LastList> {
    const known = new Set(this.#last.revoked.filter(isCompromise).map(({ serial }) => serial))
    const added = register.revoked.filter((one) => isCompromise(one) && !known.has(one.serial))
    const serials = added.map(({ serial }) => serial)
    const found = serials.length === 0 ? [] : await findIssuedKeys(this.#issuer.directory, serials)
    const { number, revoked, thisUpdate } = register
    const compromised = union(this.#last.compromised, found)
    return { number, revoked, thisUpdate, compromised }
  }

  async #write(last: LastList): Promise<void> {
    const { directory, signer } = this.#issuer
    const { thisUpdate, compromised } = last
    const content = JSON.stringify({
      ...registerContent(last),
      thisUpdate: thisUpdate?.toISOString(),
      compromised,
    })
    const path = join(directory, FILE)
    await replaceFile(path, await signStatement(KIND, content, signer))
    this.#mark = await markOf(path)
  }

  /** The number beside the key, or its biography, shows that there was a list which is not here. */
  async #checkWhole(): Promise<void> {
    const { directory } = this.#issuer
    const recorded = await readNumber(this.#issuer)
    if (this.#last.number < recorded) throw lost(directory)
    if (this.#last.number === 0n && (await readSignCounts(directory)).lists > 0)
      throw lost(directory)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }
}

function checkNext(last: LastList, { number, revoked }: ListOrder, nowMs: number): void {
  if (number !== last.number + 1n || number >= NUMBER_CEILING) throw notNext(last.number)
  const wanted = new Map(revoked.map((one) => [one.serial, one]))
  const endMs = Math.min(last.thisUpdate?.getTime() ?? -Infinity, nowMs)
  const isKept = (one: RegisteredRevocation) => {
    const found = wanted.get(one.serial)
    // RFC 5280 §3.3: a certificate leaves after it was on a list that begins after its end.
    if (found === undefined) return one.notAfter.getTime() < endMs
    return found.reason === one.reason
  }
  const missing = last.revoked.find((one) => !isKept(one))
  if (missing !== undefined) throw shorter(missing.serial)
}

function isCompromise({ reason }: RevokedCertificate): boolean {
  return COMPROMISED.includes(reason)
}

function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])]
}

async function markOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(ifMissing)
  return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`
}

function notNext(last: bigint): SecretError {
  const message =
    `the number of the revocation list is not ${last + 1n}, which follows the last list that the key signed; open the publisher of the lists again. ` +
    'The list published last stays in place'
  return new SecretError('refused', message, { reason: 'crl-number' })
}

function shorter(serial: string): SecretError {
  const message =
    `the revocation list would not have the certificate ${serial} as the last list has it, so a revoked client could connect; order a list with all ` +
    'revocations, and find out what removed this one. The list published last stays in place'
  return new SecretError('refused', message, { reason: 'crl-shorter', serial })
}

function lost(directory: string): SecretError {
  const message =
    `the CA in ${directory} has signed a revocation list that is neither in ${FILE} nor with the publisher; restore crl.pem and revocations.json from a ` +
    'backup, or put the list published last there as crl.pem'
  return new SecretError('missing', message, { directory, reason: 'crl-lost' })
}
