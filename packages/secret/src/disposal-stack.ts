import { SecretError } from './errors.ts'
import { type Clock, systemClock } from './time/clock.ts'
import { within } from './time/deadline.ts'

/** A resource that was not disposed. */
export interface DisposalFailure {
  readonly resource: string
  /** `timeout`, the code of a `SecretError` or of the system (`ECONNRESET`), else `failed`. */
  readonly reason: string
}

/** The failures of a {@link DisposalStack}. It carries no cause, since the errors of drivers hold values. */
export class DisposalError extends Error {
  readonly code = 'dispose-failed'
  readonly failures: readonly DisposalFailure[]

  constructor(failures: readonly DisposalFailure[]) {
    const list = failures.map(({ resource, reason }) => `${resource} (${reason})`).join(', ')
    super(`not closed: ${list}. Everything else is closed; these end with the process.`)
    this.name = 'DisposalError'
    this.failures = failures
  }
}

/** Options of {@link DisposalStack}. */
export type DisposalStackOptions = NonNullable<ConstructorParameters<typeof DisposalStack>[0]>

interface Entry {
  readonly name: string
  readonly dispose: () => unknown
}

/**
 * Disposes resources in the reverse of the order in which they were added, each of them, also after one that throws or does not
 * end: the semantics of the platform's `AsyncDisposableStack` (ECMAScript proposal Explicit Resource Management; a global from
 * Node 24 on), with a deadline for each resource and an error without values.
 *
 * @example
 * ```ts
 * const stack = new DisposalStack()
 * const store = stack.use(await openStore('env', { env: process.env }), 'store')
 * stack.defer(() => server.close(), 'listener')
 * await stack.dispose()
 * ```
 */
export class DisposalStack implements AsyncDisposable {
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #entries: Entry[] = []
  #disposed: Promise<void> | undefined

  constructor({
    clock = systemClock,
    limitMs = 10_000,
  }: {
    /** Default: the machine's own. */
    readonly clock?: Clock
    /** After this one resource counts as failed, and the next one is disposed. Default 10,000. */
    readonly limitMs?: number
  } = {}) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  /** Adds a resource. `name` stands for it in errors. @throws {ReferenceError} after `dispose`, when it disposes the resource */
  use<T extends AsyncDisposable>(resource: T, name: string): T {
    // Bound now, as the platform does: the resource may get another method later, which disposes this stack.
    const dispose = resource[Symbol.asyncDispose].bind(resource)
    // Nothing else would: what is to be reported is that it came too late.
    if (this.#disposed) void Promise.resolve(dispose()).catch(() => undefined)
    this.defer(dispose, name)
    return resource
  }

  /** Adds a function that disposes something. @throws {ReferenceError} after `dispose` */
  defer(dispose: () => unknown, name: string): void {
    if (this.#disposed) throw new ReferenceError(`${name} comes too late: the stack is disposed`)
    this.#entries.push({ name, dispose })
  }

  /** Disposes everything, once. @throws {DisposalError} that names what failed, after all have been disposed */
  dispose(): Promise<void> {
    this.#disposed ??= this.#disposeAll()
    return this.#disposed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  async #disposeAll(): Promise<void> {
    const failures: DisposalFailure[] = []
    for (const { name, dispose } of this.#entries.splice(0).reverse()) {
      try {
        const limit = { what: `the end of ${name}`, limitMs: this.#limitMs, clock: this.#clock }
        await within({ ...limit, keepAlive: true }, () => Promise.resolve().then(dispose))
      } catch (error) {
        failures.push(...failuresOf(name, error))
      }
    }
    if (failures.length > 0) throw new DisposalError(failures)
  }
}

/**
 * Opens several resources that end together. If `open` throws, what it has added to the stack is disposed before its error
 * goes on.
 *
 * @throws what `open` throws
 *
 * @example
 * ```ts
 * const both = await openTogether(async (own) => {
 *   const first = own.use(await openStore('vault:secret/vpn', { env: process.env }), 'first store')
 *   return { first, second: own.use(await openStore('dotenv:.env', { env: process.env }), 'second store') }
 * })
 * ```
 */
export async function openTogether<T>(
  open: (stack: DisposalStack) => Promise<T>,
  options?: ConstructorParameters<typeof DisposalStack>[0],
): Promise<T> {
  const stack = new DisposalStack(options)
  try {
    return await open(stack)
  } catch (error) {
    // The reason why nothing was opened matters more than what could not be closed again.
    await stack.dispose().catch(() => undefined)
    throw error
  }
}

function failuresOf(name: string, error: unknown): readonly DisposalFailure[] {
  if (error instanceof DisposalError) {
    return error.failures.map(({ resource, reason }) => ({
      resource: `${name}: ${resource}`,
      reason,
    }))
  }
  return [{ resource: name, reason: reasonOf(error) }]
}

/** Codes of the system and of this project are words; anything else could be a text with a value. */
const CODE = /^[A-Za-z][A-Za-z_-]{1,39}$/

function reasonOf(error: unknown): string {
  if (error instanceof SecretError && error.details['reason'] === 'timeout') return 'timeout'
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && CODE.test(code) ? code : 'failed'
}
