import { useContext, useRef, useState } from 'preact/hooks'
import { SessionContext } from './session.tsx'

/** The body of an order, but for the title. */
interface Order {
  readonly compromised?: boolean
  /** The title, typed. */
  readonly confirmed?: string
}

/** The end of an order, or nothing while it is carried out. */
type Outcome = { readonly isDone: boolean; readonly text: string } | undefined

/** Orders the rotation of a secret; nothing for those who may not. */
export function RotateForm({ title }: { readonly title: string }) {
  const { token } = useContext(SessionContext) ?? {}
  const [underWay, setUnderWay] = useState<Order>()
  const [outcome, setOutcome] = useState<Outcome>()
  const last = useRef<Order | undefined>(undefined)
  if (token === undefined) return null
  const order = async (body: Order) => {
    last.current = body
    setUnderWay(body)
    setOutcome(undefined)
    const ended = await send({ title, ...body }, token)
    // One that was taken over ends too.
    if (last.current !== body) return
    setOutcome(ended)
    setUnderWay(undefined)
  }
  const isUnderWay = underWay !== undefined
  return (
    <div class="act">
      <details>
        <summary>Rotate</summary>
        <button type="button" disabled={isUnderWay} onClick={() => void order({})}>
          Rotate {title} now
        </button>
        <Compromised title={title} isUnderWay={underWay?.compromised === true} order={order} />
      </details>
      <p role="status" class={outcome?.isDone === false ? 'bad' : 'quiet'}>
        {isUnderWay ? 'is being rotated: the steps are shown above' : outcome?.text}
      </p>
    </div>
  )
}

interface CompromisedProps {
  readonly title: string
  /** Whether it is carried out. An ordinary rotation is taken over. */
  readonly isUnderWay: boolean
  readonly order: (body: Order) => Promise<void>
}

/** A secret that has leaked is rotated without grace, once its name was typed. */
function Compromised({ title, isUnderWay, order }: CompromisedProps) {
  const [typed, setTyped] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void order({ compromised: true, confirmed: typed })
      }}
    >
      <label>
        It has leaked: what uses an old version is cut off, and a rotation that is under way is
        taken over. Type <code>{title}</code>
        <input
          value={typed}
          autocomplete="off"
          onInput={(event) => {
            setTyped(event.currentTarget.value)
          }}
        />
      </label>
      <button class="danger" disabled={isUnderWay || typed !== title}>
        Rotate without grace
      </button>
    </form>
  )
}

async function send(body: object, token: string): Promise<NonNullable<Outcome>> {
  const headers = { 'content-type': 'application/json', 'x-rekey-token': token }
  const request = { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch('/rotate', request).catch(() => undefined)
  if (response === undefined) {
    return { isDone: false, text: 'no answer: its card shows how far the rotation is' }
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, string>
  if (response.ok) return { isDone: true, text: `rotated: ${answer['version']} is current` }
  return { isDone: false, text: `not rotated (${answer['code']}): ${answer['message']}` }
}
