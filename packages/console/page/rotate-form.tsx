import { useContext, useState } from 'preact/hooks'
import { SessionContext } from './session.tsx'

/** The end of an order, or nothing while it is carried out. */
type Outcome = { readonly isDone: boolean; readonly text: string } | undefined

/** Orders the rotation of a secret; nothing for those who may not. */
export function RotateForm({ title }: { readonly title: string }) {
  const { token } = useContext(SessionContext) ?? {}
  const [isUnderWay, setIsUnderWay] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>()
  if (token === undefined) return null
  const order = async (body: object) => {
    setIsUnderWay(true)
    setOutcome(undefined)
    setOutcome(await send({ title, ...body }, token))
    setIsUnderWay(false)
  }
  return (
    <div class="act">
      <details>
        <summary>Rotate</summary>
        <button type="button" disabled={isUnderWay} onClick={() => void order({})}>
          Rotate {title} now
        </button>
        <Compromised title={title} isUnderWay={isUnderWay} order={order} />
      </details>
      <p role="status" class={outcome?.isDone === false ? 'bad' : 'quiet'}>
        {isUnderWay ? 'is being rotated: the steps are shown above' : outcome?.text}
      </p>
    </div>
  )
}

interface CompromisedProps {
  readonly title: string
  readonly isUnderWay: boolean
  readonly order: (body: object) => Promise<void>
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
        It has leaked: what uses an old version is cut off. Type <code>{title}</code>
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
