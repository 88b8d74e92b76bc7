import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Clock, SecretError, systemClock } from '@rekey/secret'
import {
  checkUnchangeable,
  errnoOf,
  fileError,
  ifMissing,
  replaceFile,
} from '@rekey/secret/internal/files'
import { type CaCertificate, parseCaChain } from '../ca-certificate.ts'
import type { CaKeystore } from '../ca-keystore.ts'
import { publishCrlBundle } from './crl-bundle.ts'
import { type CrlHealth, stateOf } from './crl-health.ts'
import { type CrlPublisher, openCrlPublisher } from './crl-publisher.ts'
import {
  BundleReader,
  findIssuer,
  type IssuedByListedCa,
  LIST_FILES,
  listFolderOf,
  type PublishedLists,
  readListedCas,
  readLists,
} from './published-lists.ts'
import { requestThrough, type RevocationOrder } from './request-revocation.ts'
import {
  type FiledRequest,
  makeRequestFolder,
  readRequests,
  removeRequests,
} from './revocation-requests.ts'

/** The CAs whose lists are published, and where. */
export interface RevocationListsOptions {
  /** The generations of the CA whose keys are open here; they must stay open for as long as the lists. */
  readonly keystores: readonly CaKeystore[]
  /**
   * For `crl-bundle.pem` (0644), a folder for each CA, and `requests`; must exist, and no other user may write to it. All replicas of a
   * service share it. The list of a CA whose key is elsewhere, such as an offline root, is put here as a folder with `ca.crt` and `crl.pem`.
   */
  readonly directory: string
  /** Validity of each list in milliseconds; default 7 days. It is renewed after a third of that. */
  readonly validityMs?: number
  /** Believes the clock of this machine, see `CrlPublisherOptions`. Default false. */
  readonly confirmsClock?: boolean
  /** How often requests and lists are looked for, in milliseconds. Default 500. */
  readonly everyMs?: number
  /** Default: the machine's own. */
  readonly clock?: Clock
}

/** State of the bundle that verifiers fetch. */
export interface RevocationListsHealth {
  /** Of the list nearest to its end; `late` from half of its validity on. With an expired one, OpenVPN lets no client connect. */
  readonly state: CrlHealth['state']
  /** When the first list of the bundle expires. */
  readonly nextUpdate?: Date
  /** Certificates on the lists. */
  readonly revoked: number
  /** Requests that are recorded and not published. */
  readonly waiting: number
  /** Whether this process publishes; else another one does. */
  readonly isPublisher: boolean
  /** Code of the error of the last attempt to publish. */
  readonly problem?: string
}

/** The revocation lists of a CA and all its generations, of which one of several processes is the publisher. */
export interface RevocationLists extends AsyncDisposable {
  /** Finds which CA issued a certificate. @throws {SecretError} `malformed`, or `refused` with the reason `other-ca` */
  identify(certificate: string): IssuedByListedCa
  /** Revokes, by this process or by that which publishes, as `requestRevocation` does. @throws {SecretError} as that */
  revoke(requests: RevocationOrder['requests'], limitMs?: number): Promise<void>
  /** Publishes new lists now, if this process publishes. @throws {SecretError} as {@link openRevocationLists} */
  renew(): Promise<void>
  /** The bundle, `undefined` before the first one. @throws {SecretError} for one that was damaged */
  read(): Promise<PublishedLists | undefined>
  health(): Promise<RevocationListsHealth>
  /** Stops publishing; the lists stay. */
  close(): Promise<void>
}

/** After a failure the next attempt waits that many times as long. */
const FAILURE_FACTOR = 10
const ORDER = ['fresh', 'late', 'expired', 'absent'] as const

interface OpenedPublisher {
  readonly ca: CaCertificate
  readonly publisher: CrlPublisher
}

/**
 * Opens the revocation lists of the generations of a CA for one of several processes that share a directory: the first publishes, another takes
 * over when it ends. Each CA has lists of its own, in a folder named after its key identifier; all of them are one bundle, which OpenVPN
 * takes as `crl-verify`. A request to revoke is a file before it is anything else, so none is lost with a process.
 *
 * @throws {SecretError} as `openCrlPublisher` and `publishCrlBundle`; none of them if another process publishes
 *
 * @example
 * ```ts
 * const lists = await openRevocationLists({ keystores: [keystore], directory: '/var/lib/vpn-crl' })
 * await lists.revoke([{ serial, reason: 'superseded' }])
 * ```
 */
export async function openRevocationLists(
  options: RevocationListsOptions,
): Promise<RevocationLists> {
  const directory = resolve(options.directory)
  await checkUnchangeable(directory)
  const lists = new SharedLists({ ...options, directory })
  try {
    await lists.start()
    return lists
  } catch (error) {
    await lists.close()
    throw error
  }
}

class SharedLists implements RevocationLists {
  readonly #options: RevocationListsOptions
  readonly #clock: Clock
  readonly #cas: readonly CaCertificate[]
  readonly #reader: BundleReader
  readonly #closed = new AbortController()
  #publishers: readonly OpenedPublisher[] | undefined
  /** Of the lists in the bundle. */
  #bundled = ''
  #waiting = 0
  #problem: SecretError | undefined
  /** Each pass waits for the one before. */
  #turn: Promise<void> = Promise.resolve()

  constructor(options: RevocationListsOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#cas = options.keystores.map(({ chain }) => parseCaChain(chain))
    this.#reader = new BundleReader(options.directory)
  }

  async start(): Promise<void> {
    const { directory } = this.#options
    await makeRequestFolder(directory, this.#clock.now())
    for (const ca of this.#cas) await makeListFolder(directory, ca)
    await this.#pass()
    if (this.#problem !== undefined && this.#publishers !== undefined) throw this.#problem
    void this.#keepPublished()
  }

  identify(certificate: string): IssuedByListedCa {
    return findIssuer(certificate, this.#cas)
  }

  async revoke(requests: RevocationOrder['requests'], limitMs?: number): Promise<void> {
    const { directory } = this.#options
    const order = { directory, requests, clock: this.#clock, ...(limitMs && { limitMs }) }
    await requestThrough(order, this.#reader, () => this.#pass())
  }

  async renew(): Promise<void> {
    for (const { publisher } of this.#publishers ?? []) await publisher.renew()
    await this.#pass()
    if (this.#problem !== undefined) throw this.#problem
  }

  read(): Promise<PublishedLists | undefined> {
    return this.#reader.read()
  }

  async health(): Promise<RevocationListsHealth> {
    const published = await this.#reader.read()
    const nowMs = this.#clock.now()
    const states = published?.lists.map((list) => stateOf(list, nowMs)) ?? ['absent']
    const ends = published?.lists.map(({ nextUpdate }) => nextUpdate.getTime()) ?? []
    return {
      state: ORDER.findLast((state) => states.includes(state)) ?? 'absent',
      ...(ends.length > 0 && { nextUpdate: new Date(Math.min(...ends)) }),
      revoked: published?.serials.size ?? 0,
      waiting: this.#waiting,
      isPublisher: this.#publishers !== undefined,
      ...(this.#problem && { problem: this.#problem.code }),
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#turn
    const opened = this.#publishers ?? []
    this.#publishers = undefined
    for (const { publisher } of opened) await publisher.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #keepPublished(): Promise<void> {
    const { signal } = this.#closed
    const { everyMs = 500 } = this.#options
    while (!signal.aborted) {
      const factor = this.#problem === undefined ? 1 : FAILURE_FACTOR
      await this.#clock.sleep(everyMs * factor, signal).catch(() => undefined)
      await this.#pass()
    }
  }

  /** Publishes what is to be published, if this process may; keeps the error for {@link RevocationLists.health}. */
  #pass(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      if (this.#closed.signal.aborted) return
      try {
        this.#problem = await this.#publish()
      } catch (error) {
        this.#problem = error instanceof SecretError ? error : unknownFailure()
      }
    })
    return this.#turn
  }

  async #publish(): Promise<SecretError | undefined> {
    const { directory } = this.#options
    this.#publishers ??= await this.#openPublishers()
    const { requests, problem } = await readRequests(directory)
    this.#waiting = requests.length
    if (this.#publishers === undefined) return undefined
    for (const opened of this.#publishers) await revokeAt(opened, requests, this.#clock.now())
    await this.#publishBundle()
    const held = this.#cas.map(({ keyId }) => keyId.toString('hex'))
    const done = requests.filter(({ keyId }) => keyId === undefined || held.includes(keyId))
    await removeRequests(done)
    this.#waiting = requests.length - done.length
    return problem
  }

  /** `undefined` while another process publishes. */
  async #openPublishers(): Promise<readonly OpenedPublisher[] | undefined> {
    const { keystores, directory: base, validityMs, confirmsClock = false } = this.#options
    const opened: OpenedPublisher[] = []
    try {
      for (const keystore of keystores) {
        const ca = parseCaChain(keystore.chain)
        const directory = listFolderOf(base, ca)
        const place = { keystore, directory, confirmsClock, ...(validityMs && { validityMs }) }
        opened.push({ ca, publisher: await openCrlPublisher(place) })
      }
      return opened
    } catch (error) {
      for (const { publisher } of opened) await publisher.close()
      if (isLockedByAnother(error)) return undefined
      throw error
    }
  }

  async #publishBundle(): Promise<void> {
    const { directory } = this.#options
    const path = join(directory, LIST_FILES.bundle)
    const mark = await markOf(directory)
    if (mark === this.#bundled && (await stat(path).catch(ifMissing)) !== undefined) return
    await publishListsIn(directory, this.#clock)
    this.#bundled = mark
  }
}

/** Publishes the newest lists of all CAs of a directory as its bundle. @throws {SecretError} as {@link publishCrlBundle} */
export async function publishListsIn(directory: string, clock: Clock): Promise<void> {
  const cas = await readListedCas(directory)
  await publishCrlBundle({
    path: join(directory, LIST_FILES.bundle),
    chains: cas.map(({ ca }) => ca.chain),
    crls: await readLists(cas),
    clock,
  })
}

/** Makes the folder of a CA in a directory of lists, with its chain, or takes over the one that a killed command has prepared. */
export async function makeListFolder(directory: string, ca: CaCertificate): Promise<void> {
  const folder = listFolderOf(directory, ca)
  await rename(preparedFolderOf(directory, ca), folder).catch((error: unknown) => {
    if (!TAKEN_OVER.includes(errnoOf(error) ?? '')) throw fileError(error, folder)
  })
  await makeFolder(folder, ca)
}

/** None was prepared, or the folder is there. */
const TAKEN_OVER: readonly string[] = ['ENOENT', 'ENOTEMPTY', 'EEXIST']

/**
 * The folder of a CA until it has its first list. Its name is that of no CA: the bundle of a directory has the list of each of its CAs, so a
 * folder without a list would stop the lists of all others.
 */
export function preparedFolderOf(directory: string, { keyId }: CaCertificate): string {
  return join(directory, `.new-${keyId.toString('hex')}`)
}

/** Makes a folder with the chain of a CA. */
export async function makeFolder(folder: string, ca: CaCertificate): Promise<void> {
  await mkdir(folder, { mode: 0o755 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw fileError(error, folder)
  })
  const path = join(folder, LIST_FILES.chain)
  if ((await stat(path).catch(ifMissing)) === undefined) await replaceFile(path, ca.chain, 0o644)
}

async function revokeAt(
  { ca, publisher }: OpenedPublisher,
  requests: readonly FiledRequest[],
  nowMs: number,
): Promise<void> {
  const own = ca.keyId.toString('hex')
  const wanted = requests.filter(({ keyId = own }) => keyId === own)
  if (wanted.length === 0) return
  await publisher.revoke(
    wanted.map(({ serial, reason, notAfter = ca.notAfter, at }) => {
      // A clock that was ahead, or a CA that is newer than the request, must not hold up the others.
      const atMs = Math.max(ca.notBefore.getTime(), Math.min(at.getTime(), nowMs))
      return { serial, notAfter, at: new Date(atMs), ...(reason && { reason }) }
    }),
  )
}

/** Changes with each list of the directory. */
async function markOf(directory: string): Promise<string> {
  const names = (await readdir(directory)).toSorted()
  const marks = names.map(async (name) => {
    const path = join(directory, name, LIST_FILES.list)
    const found = await stat(path, { bigint: true }).catch(() => undefined)
    return found && `${name} ${found.ino} ${found.mtimeNs}`
  })
  return (await Promise.all(marks)).filter((mark) => mark !== undefined).join('\n')
}

/** The lock of a publisher has the process that holds it in its error. */
export function isLockedByAnother(error: unknown): boolean {
  return error instanceof SecretError && error.details['pid'] !== undefined
}

function unknownFailure(): SecretError {
  const message = 'the revocation lists could not be published; look at the directory and its disk'
  return new SecretError('unreachable', message, { reason: 'crl' })
}
