import { once } from 'node:events'
import { SecretError, within } from '@rekey/secret'
import type { z } from 'zod'
import { readFrames, writeFrame } from './frames.ts'
import { answerSchema, errorOf, openedSchema, RESULTS } from './messages.ts'
import {
  type SignerTask,
  type StartedSigner,
  startProcesses,
  type Unlocker,
} from './start-process.ts'

type Results = { readonly [Order in keyof typeof RESULTS]: z.output<(typeof RESULTS)[Order]> }

/** The CA that a signer process has opened. */
type OpenedCa = Exclude<z.output<typeof openedSchema>, { failure: unknown }>

interface Waiting {
  resolve(answer: unknown): void
  reject(error: SecretError): void
}

const OPEN_LIMIT_MS = 60_000
const END_LIMIT_MS = 2_000
/** Beyond these, callers are refused at once: a process that has stopped must not collect them. */
const MAX_WAITING = 1_024

/**
 * Starts a signer process and an unlocking process, and waits until the key is open. If that fails, both are ended.
 *
 * @throws {SecretError} the error of either; `unreachable` if one ends early or takes longer than 60 seconds
 */
export async function openSignerProcess(
  task: SignerTask,
  signerEnv: Readonly<Record<string, string | undefined>>,
  unlocker: Unlocker,
): Promise<{ readonly process: SignerProcess; readonly opened: OpenedCa }> {
  const started = startProcesses(task, signerEnv, unlocker)
  const process = new SignerProcess(started)
  try {
    const limit = {
      what: `the opening of ${task.directory} by the signer process`,
      limitMs: OPEN_LIMIT_MS,
    }
    return { process, opened: await within({ ...limit, keepAlive: true }, () => process.opened) }
  } catch (error) {
    await process.close()
    throw error
  } finally {
    started.unlocker.kill('SIGKILL')
  }
}

/** A process that holds a CA key, and what is asked of it. */
export class SignerProcess {
  readonly pid: number
  /** The first answer. */
  readonly opened: Promise<OpenedCa>
  /** Fulfilled with the error of all orders that are under way when the process ends. */
  readonly ended: Promise<SecretError>
  readonly #started: StartedSigner
  readonly #waiting = new Map<number, Waiting>()
  #end: SecretError | undefined
  #lastId = 0

  constructor(started: StartedSigner) {
    const { signer, unlocker, channel } = started
    this.#started = started
    this.pid = signer.pid ?? 0
    // Without a process there is nothing to send: the signer process reads the end of its passphrase.
    unlocker.on('error', () => undefined)
    channel.on('error', () => undefined)
    let first: (content: unknown) => void = () => undefined
    this.opened = new Promise<unknown>((resolve) => (first = resolve)).then(readOpened)
    this.opened.catch(() => undefined)
    let isOpened = false
    const reading = readFrames(channel, (content) => {
      if (isOpened) this.#take(content)
      else first(content)
      isOpened = true
    })
    this.ended = Promise.race([exitOf(started), reading.then(endless, cutBy)]).then((how) => {
      this.#end = isDown(how)
      first({ failure: this.#end })
      for (const waiting of this.#waiting.values()) waiting.reject(this.#end)
      this.#waiting.clear()
      // One that has sent what it must not, or has closed its channel, no longer counts as a signer.
      signer.kill('SIGKILL')
      return this.#end
    })
  }

  /**
   * Sends an order and waits for its result. An order that was sent may have been fulfilled, whatever happens to its answer.
   *
   * @throws {SecretError} the error of the order; `unreachable` if the process has ended, ends, does not answer in time, or has more than
   *   1,024 orders under way
   */
  async ask<Order extends keyof Results>(
    order: Order,
    content: object,
    limitMs: number,
  ): Promise<Results[Order]> {
    if (this.#end !== undefined) throw this.#end
    if (this.#waiting.size >= MAX_WAITING) throw isBusy()
    const id = (this.#lastId += 1)
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    })
    writeFrame(this.#started.channel, { id, order, ...content })
    const result = await within({ what: 'an answer of the signer process', limitMs }, () => answer)
    return RESULTS[order].parse(result) as Results[Order]
  }

  /** Ends the process, and waits until it has. */
  async close(): Promise<void> {
    const { signer, channel } = this.#started
    if (signer.pid === undefined || signer.exitCode !== null || signer.signalCode !== null) return
    const exited = once(signer, 'exit')
    channel.destroy()
    const killer = setTimeout(() => signer.kill('SIGKILL'), END_LIMIT_MS)
    await exited
    clearTimeout(killer)
  }

  /** @throws {Error} for what is no answer to an order under way; then reading stops, and the process is ended */
  #take(content: unknown): void {
    const answer = answerSchema.parse(content)
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) throw new RangeError('an answer without an order')
    this.#waiting.delete(answer.id)
    if ('failure' in answer) waiting.reject(errorOf(answer.failure))
    else waiting.resolve(answer.result)
  }
}

function readOpened(content: unknown): OpenedCa {
  const { success, data } = openedSchema.safeParse(content)
  if (!success) throw isDown('sent no answer of a signer process')
  if ('failure' in data) throw errorOf(data.failure)
  return data
}

async function exitOf({ signer }: StartedSigner): Promise<string> {
  return new Promise((resolve) => {
    signer.once('error', () => {
      resolve('could not be started')
    })
    signer.once('exit', (code, signal) => {
      resolve(`ended with ${signal ?? `exit code ${code}`}`)
    })
  })
}

/** The exit of the process follows, and gives the reason. */
function endless(): Promise<never> {
  return new Promise(() => undefined)
}

function cutBy(error: unknown): Promise<never> | string {
  const isCut = error instanceof Error && 'code' in error
  return isCut ? endless() : 'sent what is no answer to an order, and was ended'
}

function isDown(how: string): SecretError {
  const message =
    `the signer process of the CA ${how}, so the CA is sealed; what was under way may have been issued, and was not handed out. Look ` +
    'at what it printed; it is started anew by itself'
  return new SecretError('unreachable', message, { reason: 'signer-down' })
}

function isBusy(): SecretError {
  const message = `the signer process has ${MAX_WAITING} orders under way; try again later`
  return new SecretError('unreachable', message, { reason: 'signer-busy' })
}
