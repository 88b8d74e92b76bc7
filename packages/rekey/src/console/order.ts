import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import type { Door } from './door/door.ts'
import type { Operator } from './door/operator.ts'
import type { Session } from './door/sessions.ts'
import { parseJson, readBody, refusalOf, reply } from './json-exchange.ts'

/** A rotation that an operator orders. */
export interface RotationOrder {
  /** The secret's name on the command line. */
  readonly title: string
  /** The secret has leaked: there is no grace. */
  readonly compromised: boolean
  /** The version of its rotation that is held, and goes on. */
  readonly go?: string
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

const BODY = z.strictObject({
  title: z.string().min(1).max(300),
  compromised: z.boolean().default(false),
  /** The title, typed, where the secret has leaked. */
  confirmed: z.string().max(300).optional(),
  go: z.string().min(1).max(100).optional(),
})

/**
 * Takes the orders of operators. Of two for one secret the second is refused while the first is carried out, but for a secret that has leaked: that order takes an
 * ordinary one over. It takes a sign-in of its own.
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
    const body = await readBody(request)
    const session = body && this.#door.orderer(request, body)
    if (typeof session === 'number') {
      const message = 'no page of this session asks that'
      reply(response, session, { code: 'forbidden', message })
      return
    }
    const order = body && readOrder(parseJson(request, body))
    if (session === undefined || order === undefined) {
      const message = 'it is no order: type the name of the secret where it has leaked'
      reply(response, 400, { code: 'malformed', message })
      return
    }
    if (session.operator.role !== 'operator') {
      await this.#taker.refused(order, session.operator)
      reply(response, 403, { code: 'forbidden', message: 'it takes the role of an operator' })
      return
    }
    await this.#carryOut(order, session, response)
  }

  async #carryOut(order: RotationOrder, session: Session, response: ServerResponse): Promise<void> {
    const { title, compromised } = order
    const other = this.#underWay.get(title)
    if (other !== undefined && (other.compromised || !compromised)) {
      reply(response, 409, { code: 'busy', message: 'it is being rotated by this console already' })
      return
    }
    if (compromised && !this.#door.takeSignIn(session, title)) {
      const message = 'a rotation without grace takes a sign-in of its own: order it from the page'
      reply(response, 403, { code: 'sign-in', message })
      return
    }
    this.#underWay.set(title, order)
    try {
      const version = await this.#taker.rotate(order, session.operator)
      reply(response, 200, { version })
    } catch (error) {
      reply(response, 409, refusalOf(error, 'the log of the console shows why'))
    } finally {
      if (this.#underWay.get(title) === order) this.#underWay.delete(title)
    }
  }
}

function readOrder(body: unknown): RotationOrder | undefined {
  const { data } = BODY.safeParse(body)
  if (data === undefined) return undefined
  const { title, compromised, confirmed, go } = data
  // A leaked secret is held nowhere.
  if (compromised && (confirmed !== title || go !== undefined)) return undefined
  return { title, compromised, ...(go !== undefined && { go }) }
}
