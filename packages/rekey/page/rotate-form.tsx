import { useContext, useEffect, useRef, useState } from 'preact/hooks'
import { ask } from './origin-key.ts'
import { SessionContext } from './session.tsx'
import { beginSignIn, takeOrder } from './sign-in.ts'

/** The body of an order, but for the title. */
interface Order {
  readonly compromised?: boolean
  /** The title, typed. */
  readonly confirmed?: string
  /** The version of a rotation that is held. */
  readonly go?: string
}

/** The end of an order, or nothing while it is carried out. */
type Outcome = { readonly isDone: boolean; readonly text: string } | undefined

interface FormProps {
  readonly title: string
  /** The version of its rotation that is held. */
  readonly held: string | undefined
}

/** Orders the rotation of a secret; nothing for those who may not. */
export function RotateForm({ title, held }: FormProps) {
  const { mayRotate } = useContext(SessionContext) ?? {}
  const [underWay, setUnderWay] = useState<Order>()
  const [outcome, setOutcome] = useState<Outcome>()
  const last = useRef<Order | undefined>(undefined)
  const order = async (body: Order) => {
    last.current = body
    setUnderWay(body)
    setOutcome(undefined)
    const ended = await send({ title, ...body })
    // One that was taken over ends too.
    if (last.current !== body) return
    setOutcome(ended)
    setUnderWay(undefined)
  }
  useEffect(() => {
    if (mayRotate && takeOrder(title)) void order({ compromised: true, confirmed: title })
  }, [mayRotate])
  const confirm = async () => {
    const reason = await beginSignIn(title)
    if (reason !== undefined) setOutcome({ isDone: false, text: `not rotated: ${reason}` })
  }
  if (mayRotate !== true) return null
  const isUnderWay = underWay !== undefined
  return (
    <div class="act">
      {held !== undefined && (
        <button type="button" disabled={isUnderWay} onClick={() => void order({ go: held })}>
          Let the rotation of {title} go on
        </button>
      )}
      <details>
        <summary>Rotate</summary>
        <button type="button" disabled={isUnderWay} onClick={() => void order({})}>
          Rotate {title} now
        </button>
        <Compromised title={title} isUnderWay={underWay?.compromised === true} confirm={confirm} />
      </details>
      <p role="status" class={outcome?.isDone === false ? 'bad' : 'quiet'}>
        {isUnderWay ? 'rotating: see the steps above' : outcome?.text}
      </p>
    </div>
  )
}

interface CompromisedProps {
  readonly title: string
  /** Whether it is carried out. An ordinary rotation is taken over. */
  readonly isUnderWay: boolean
  /** Has the person sign in for it; it is ordered when the browser is back. */
  readonly confirm: () => Promise<void>
}

/** A secret that has leaked is rotated without grace, once its name was typed. */
function Compromised({ title, isUnderWay, confirm }: CompromisedProps) {
  const [typed, setTyped] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void confirm()
      }}
    >
      <label>
        Has it leaked? An emergency rotation cuts off every old version and takes over a rotation in
        progress. You sign in again to confirm. Type <code>{title}</code>
        <input
          value={typed}
          autocomplete="off"
          onInput={(event) => {
            setTyped(event.currentTarget.value)
          }}
        />
      </label>
      <button class="danger" disabled={isUnderWay || typed !== title}>
        Emergency: rotate now and cut off the old value
      </button>
    </form>
  )
}

async function send(body: object): Promise<NonNullable<Outcome>> {
  const response = await ask('POST', '/rotate', { body: JSON.stringify(body) })
  if (response === undefined) {
    return { isDone: false, text: 'no answer: its card shows the progress' }
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, string>
  if (response.ok) return { isDone: true, text: `rotated: ${answer['version']} is current` }
  return { isDone: false, text: `not rotated (${answer['code']}): ${answer['message']}` }
}
