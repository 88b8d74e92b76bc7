import type { IncomingMessage, ServerResponse } from 'node:http'
import { SecretError } from '@rekey/secret'
import { z } from 'zod'
import type { Door } from './door/door.ts'
import type { Operator } from './door/operator.ts'

/** A rotation that an operator orders. */
export interface RotationOrder {
  /** The secret's name on the command line. */
  readonly title: string
  /** The secret has leaked: there is no grace. */
  readonly compromised: boolean
}

/** How a console carries out orders. */
export interface OrderTaker {
  /**
   * Carries out a rotation, and ends when it has.
   *
   * @returns the version that is current then
   * @throws {SecretError} `missing` for a secret that there is not; what a rotation throws, whose message is shown
   */
  rotate(order: RotationOrder, operator: Operator): Promise<string>
  /** Records that a person without the role gave an order. */
  refused(order: RotationOrder, operator: Operator): Promise<void>
}

const MAX_BYTES = 4_096
const BODY = z.strictObject({
  title: z.string().min(1).max(300),
  compromised: z.boolean().default(false),
  /** The title, typed, where the secret has leaked. */
  confirmed: z.string().max(300).optional(),
})

/**
 * Takes the orders of operators. Of two for one secret the second is refused while the first is carried out, but for a secret that has leaked: that order takes an
 * ordinary one over.
 */
export class Orders {
  readonly #taker: OrderTaker
  readonly #door: Door
  /** By title. */
  readonly #underWay = new Map<string, RotationOrder>()

  constructor(taker: OrderTaker, door: Door) {
    this.#taker = taker
    this.#door = door
  }

  /** Answers `POST /rotate` once the rotation has ended. It goes on where the browser has gone. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operator = this.#door.orderer(request)
    if (typeof operator === 'number') {
      reply(response, operator, { code: 'forbidden', message: 'no page of this session asks that' })
      return
    }
    const order = await readOrder(request)
    if (order === undefined) {
      const message = 'it is no order: type the name of the secret where it has leaked'
      reply(response, 400, { code: 'malformed', message })
      return
    }
    if (operator.role !== 'operator') {
      await this.#taker.refused(order, operator)
      reply(response, 403, { code: 'forbidden', message: 'it takes the role of an operator' })
      return
    }
    await this.#carryOut(order, operator, response)
  }

  async #carryOut(
    order: RotationOrder,
    operator: Operator,
    response: ServerResponse,
  ): Promise<void> {
    const { title, compromised } = order
    const other = this.#underWay.get(title)
    if (other !== undefined && (other.compromised || !compromised)) {
      reply(response, 409, { code: 'busy', message: 'it is being rotated by this console already' })
      return
    }
    this.#underWay.set(title, order)
    try {
      const version = await this.#taker.rotate(order, operator)
      reply(response, 200, { version })
    } catch (error) {
      reply(response, 409, failureOf(error))
    } finally {
      if (this.#underWay.get(title) === order) this.#underWay.delete(title)
    }
  }
}

async function readOrder(request: IncomingMessage): Promise<RotationOrder | undefined> {
  if (request.headers['content-type'] !== 'application/json') return undefined
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BYTES) return undefined
    parts.push(part)
  }
  const { data } = BODY.safeParse(parseJson(Buffer.concat(parts).toString()))
  if (data === undefined) return undefined
  const { title, compromised, confirmed } = data
  return compromised && confirmed !== title ? undefined : { title, compromised }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** Only messages of our own are known to hold no value. */
function failureOf(error: unknown): { code: string; message: string } {
  const isOurs = error instanceof SecretError || (error instanceof Error && 'step' in error)
  if (!isOurs || !('code' in error)) {
    return { code: 'failed', message: 'the log of the console shows why' }
  }
  return { code: error.code, message: error.message }
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
